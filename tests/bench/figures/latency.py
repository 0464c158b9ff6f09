"""What Keyhold adds to the time of one signature, without the audit log."""

from tests.bench import rig
from tests.bench.figure import RUNS, Figure, Samples


def unary_added_p50(bench):
    values = []
    with bench.signer(rig.without_audit(bench.config)) as signer:
        for _ in range(RUNS):
            signing_us = 1e6 / rig.openssl_rate("ecdsap256")
            load = bench.unary_load(signer, "--key", "ecdsa.example.test", "--in-flight", "1")
            values.append(load["p50_us"] - signing_us)
    return Samples(values, "unary Sign, P-256, one call at a time, less openssl speed's time "
                           "for one signature")


def stream_added(quantile):
    """Through SignerClient, by a thread that waits for each signature."""

    def measure(bench):
        values = []
        with bench.signer(rig.without_audit(bench.config)) as signer:
            for _ in range(RUNS):
                signing_us = 1e6 / rig.openssl_rate("ecdsap256")
                load = bench.client_load(signer, "--key", "ecdsa.example.test", "--seconds", "4")
                values.append(load[quantile] - signing_us)
        return Samples(values, "SignStream, P-256, mTLS on loopback, SignerClient::Sign one at a time, less "
                               "openssl speed's time for one signature; signer on one core, client on the other")

    return measure


def lane_p99(bench):
    """What RSA-4096 work does to the P-256 signatures beside it."""

    def p99(signer):
        load = bench.stream_load(signer, "--key", "ecdsa.example.test", "--in-flight", "16", "--seconds", "4")
        return load["p99_us"]

    values = []
    with bench.signer(rig.without_audit(rig.MoreKeys(bench).config)) as signer:
        for _ in range(RUNS):
            alone = p99(signer)
            with bench.stream_load_beside(signer, "--key", rig.MoreKeys.RSA4096, "--scheme",
                                          "rsa_pss_rsae_sha256", "--in-flight", "64"):
                values.append(p99(signer) / alone)
    return Samples(values, "p99 of P-256, 1 stream, 16 in flight, while another stream keeps 64 signatures of "
                           "RSA-4096 in flight ÷ without it; signer on one core, load on the other")


FIGURES = [
    Figure("unary_added_p50_us", "us", 200, False, unary_added_p50),
    Figure("stream_added_p50_us", "us", 130, False, stream_added("p50_us")),
    Figure("stream_added_p99_us", "us", 250, False, stream_added("p99_us")),
    Figure("lane_p99_ratio", "ratio", 3, False, lane_p99),
]
