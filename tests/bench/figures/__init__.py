"""The figures, a module a subject. Each module has a list FIGURES."""

from tests.bench.figures import audit, handshakes, latency, residence, signing

MODULES = [signing, latency, handshakes, residence, audit]
FIGURES = [figure for module in MODULES for figure in module.FIGURES]
