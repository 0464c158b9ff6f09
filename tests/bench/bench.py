"""Keyhold's figures. Run by tests/bench/run.sh.

Each value is a ratio or a difference measured in one run: the thing it is
compared to is measured right beside it, on the same core.
"""

import argparse
import pathlib
import subprocess
import sys
import time

from tests.bench import figures, rig

RUNS = 5


def unary_ratio(key, scheme, openssl_name):
    """Signatures per service CPU second ÷ `openssl speed`'s rate."""

    def measure(bench):
        values = []
        with bench.signer() as signer:
            for _ in range(RUNS):
                reference = rig.openssl_rate(openssl_name)
                load = bench.unary_load(signer, "--key", key, "--scheme", scheme, "--in-flight", "128")
                values.append(load["count"] / load["service_cpu_s"] / reference)
        return figures.Samples(values, "unary Sign, mTLS on loopback, 1 connection, 128 in flight, "
                               "signer on one core, load on the other")

    return measure


def stream_ratio(key, scheme, openssl_name):
    """The same over one SignStream."""

    def measure(bench):
        values = []
        with bench.signer() as signer:
            for _ in range(RUNS):
                reference = rig.openssl_rate(openssl_name)
                load = bench.stream_load(signer, "--key", key, "--scheme", scheme, "--in-flight", "256")
                values.append(load["count"] / load["service_cpu_s"] / reference)
        return figures.Samples(values, "SignStream, mTLS on loopback, 1 stream, 256 in flight, "
                               "signer on one core, load on the other")

    return measure


def unary_added_p50(bench):
    values = []
    with bench.signer() as signer:
        for _ in range(RUNS):
            signing_us = 1e6 / rig.openssl_rate("ecdsap256")
            load = bench.unary_load(signer, "--key", "ecdsa.example.test", "--in-flight", "1")
            values.append(load["p50_us"] - signing_us)
    return figures.Samples(values, "unary Sign, P-256, one call at a time, less openssl speed's time "
                           "for one signature")


def base_resident(bench):
    values = []
    for _ in range(RUNS):
        with bench.signer() as signer:
            for key, scheme in (("rsa.example.test", "rsa_pss_rsae_sha256"), ("ecdsa.example.test", "ecdsa_secp256r1_sha256"),
                                ("ed25519.example.test", "ed25519")):
                bench.unary_load(signer, "--key", key, "--scheme", scheme, "--in-flight", "1",
                                 "--seconds", "0.1")
            values.append(signer.resident_kb() / 1024)
    return figures.Samples(values, "VmRSS with init's keys, after signatures with each")


class ManyKeys:
    """A configuration like init's with 10,000 P-256 keys."""

    COUNT = 10000

    def __init__(self, bench):
        folder = bench.site / "signer" / "keys_10k"
        self.config = bench.site / "signer" / "signer_10k.yaml"
        if not folder.exists():
            folder.mkdir(mode=0o700)
            subprocess.run([rig.BIN / "tests/bench/make_keys", folder, str(self.COUNT)], check=True)
            text = bench.config.read_text()
            for before, after in (("    - keys\n", "    - keys_10k\n"),
                                  ('        - "rsa.example.test"\n', '        - "k*"\n')):
                assert text.count(before) == 1, "init's configuration has another form"
                text = text.replace(before, after)
            self.config.write_text(text)


def keys_10k_load(bench):
    many = ManyKeys(bench)
    values = []
    for _ in range(RUNS):
        begin = time.monotonic()
        with bench.signer(many.config):
            values.append(time.monotonic() - begin)
    return figures.Samples(values, "10,000 P-256 PKCS#8 files, from process start to the ready line")


def key_resident(bench):
    many = ManyKeys(bench)
    values = []
    for _ in range(RUNS):
        with bench.signer() as signer:
            bench.unary_load(signer, "--key", "ecdsa.example.test", "--seconds", "0.1", "--in-flight", "1")
            base = signer.resident_kb()
        with bench.signer(many.config) as signer:
            signed = bench.unary_load(signer, "--each-key-once")
            assert signed["count"] == ManyKeys.COUNT
            values.append((signer.resident_kb() - base) / ManyKeys.COUNT)
    return figures.Samples(values, "VmRSS with 10,000 P-256 keys after one signature with each, less "
                           "VmRSS with init's keys")


FIGURES = [
    figures.Figure("p256_unary_ratio", "ratio", 0.45, True,
                   unary_ratio("ecdsa.example.test", "ecdsa_secp256r1_sha256", "ecdsap256")),
    figures.Figure("rsa2048_unary_ratio", "ratio", 0.78, True,
                   unary_ratio("rsa.example.test", "rsa_pss_rsae_sha256", "rsa2048")),
    figures.Figure("ed25519_unary_ratio", "ratio", 0.60, True,
                   unary_ratio("ed25519.example.test", "ed25519", "ed25519")),
    figures.Figure("p256_stream_ratio", "ratio", 1.3, True,
                   stream_ratio("ecdsa.example.test", "ecdsa_secp256r1_sha256", "ecdsap256")),
    figures.Figure("rsa2048_stream_ratio", "ratio", 0.88, True,
                   stream_ratio("rsa.example.test", "rsa_pss_rsae_sha256", "rsa2048")),
    figures.Figure("ed25519_stream_ratio", "ratio", 1.9, True,
                   stream_ratio("ed25519.example.test", "ed25519", "ed25519")),
    figures.Figure("unary_added_p50_us", "us", 200, False, unary_added_p50),
    figures.Figure("keys_10k_load_s", "s", 3, False, keys_10k_load),
    figures.Figure("key_resident_kb", "KiB", 12, False, key_resident),
    figures.Figure("base_resident_mb", "MiB", 35, False, base_resident),
]


def main():
    parser = argparse.ArgumentParser(description="Keyhold's figures.")
    parser.add_argument("--quick", nargs="+", metavar="NAME", help="measure only these")
    parser.add_argument("--list", action="store_true", help="name the figures and end")
    arguments = parser.parse_args()
    known = {figure.name for figure in FIGURES}
    unknown = set(arguments.quick or ()) - known
    if unknown:
        parser.error(f"no such figure: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    if arguments.list:
        for figure in FIGURES:
            print(f"{figure.name:28} {'>=' if figure.at_least else '<='} {figure.target:g} {figure.unit}")
        return 0
    chosen = [f for f in FIGURES if not arguments.quick or f.name in arguments.quick]
    print(f"{rig.cpu_model()}, server and load on a core each, {RUNS} runs a figure")
    figures.print_header()
    measured = []
    with rig.temporary_rig() as bench:
        for figure in chosen:
            measured.append(figures.Measured(figure, figure.measure(bench)))
            figures.print_row(measured[-1])
    path = pathlib.Path(rig.ROOT) / "bench.json"
    figures.write_json(path, measured)
    print(f"written: {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
