"""The figures, a module a subject. Each module has a list FIGURES."""

from tests.bench.figures import audit, clients, handshakes, isolation, latency, residence, servers, signing

MODULES = [signing, isolation, latency, handshakes, residence, servers, audit, clients]
FIGURES = [figure for module in MODULES for figure in module.FIGURES]
