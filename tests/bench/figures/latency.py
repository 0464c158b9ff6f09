"""What Keyhold adds to the time of one signature."""

from tests.bench import rig
from tests.bench.figure import RUNS, Figure, Samples


def unary_added_p50(bench):
    values = []
    with bench.signer() as signer:
        for _ in range(RUNS):
            signing_us = 1e6 / rig.openssl_rate("ecdsap256")
            load = bench.unary_load(signer, "--key", "ecdsa.example.test", "--in-flight", "1")
            values.append(load["p50_us"] - signing_us)
    return Samples(values, "unary Sign, P-256, one call at a time, less openssl speed's time "
                           "for one signature")


FIGURES = [
    Figure("unary_added_p50_us", "us", 200, False, unary_added_p50),
]
