"""Signatures per CPU second of the service, against `openssl speed`.

Without the audit log, but for those whose names begin with "default_": what it
costs is a figure of its own."""

from tests.bench import rig
from tests.bench.figure import RUNS, Figure, Samples


def unary_ratio(key, scheme, openssl_name, in_flight=128, connections=1):
    """Signatures per service CPU second ÷ `openssl speed`'s rate."""

    def measure(bench):
        values = []
        with bench.signer(rig.without_audit(bench.config)) as signer:
            for _ in range(RUNS):
                reference = rig.openssl_rate(openssl_name)
                load = bench.unary_load(signer, "--key", key, "--scheme", scheme, "--in-flight", str(in_flight),
                                        "--connections", str(connections))
                values.append(load["count"] / load["service_cpu_s"] / reference)
        return Samples(values, f"unary Sign, mTLS on loopback, connections: {connections}, {in_flight} in flight "
                               "in all, signer on one core, load on the other")

    return measure


def stream_ratio(key, scheme, openssl_name, more_keys=False, audit=False):
    """The same over one SignStream."""

    def measure(bench):
        values = []
        config = rig.MoreKeys(bench).config if more_keys else bench.config
        with bench.signer(config if audit else rig.without_audit(config)) as signer:
            for _ in range(RUNS):
                reference = rig.openssl_rate(openssl_name)
                load = bench.stream_load(signer, "--key", key, "--scheme", scheme, "--in-flight", "256")
                values.append(load["count"] / load["service_cpu_s"] / reference)
        return Samples(values, "SignStream, mTLS on loopback, 1 stream, 256 in flight, "
                               "signer on one core, load on the other")

    return measure


FIGURES = [
    Figure("p256_unary_ratio", "ratio", 0.60, True,
           unary_ratio("ecdsa.example.test", "ecdsa_secp256r1_sha256", "ecdsap256")),
    Figure("p256_unary_64conn_ratio", "ratio", 0.50, True,
           unary_ratio("ecdsa.example.test", "ecdsa_secp256r1_sha256", "ecdsap256",
                       in_flight=64, connections=64)),
    Figure("rsa2048_unary_ratio", "ratio", 0.78, True,
           unary_ratio("rsa.example.test", "rsa_pss_rsae_sha256", "rsa2048")),
    Figure("ed25519_unary_ratio", "ratio", 0.60, True,
           unary_ratio("ed25519.example.test", "ed25519", "ed25519")),
    Figure("p256_stream_ratio", "ratio", 1.3, True,
           stream_ratio("ecdsa.example.test", "ecdsa_secp256r1_sha256", "ecdsap256")),
    Figure("rsa2048_stream_ratio", "ratio", 0.88, True,
           stream_ratio("rsa.example.test", "rsa_pss_rsae_sha256", "rsa2048")),
    Figure("ed25519_stream_ratio", "ratio", 1.9, True,
           stream_ratio("ed25519.example.test", "ed25519", "ed25519")),
    Figure("p384_stream_ratio", "ratio", 6, True,
           stream_ratio(rig.MoreKeys.P384, "ecdsa_secp384r1_sha384", "ecdsap384", more_keys=True)),
    Figure("default_p256_stream_ratio", "ratio", 1.15, True,
           stream_ratio("ecdsa.example.test", "ecdsa_secp256r1_sha256", "ecdsap256", audit=True)),
]
