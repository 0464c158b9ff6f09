"""The figures, a module a subject. Each module has a list FIGURES."""

from tests.bench.figures import latency, residence, signing

MODULES = [signing, latency, residence]
FIGURES = [figure for module in MODULES for figure in module.FIGURES]
