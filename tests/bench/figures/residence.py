"""Memory of the signer, and the time it takes to start."""

import subprocess
import time

from tests.bench import rig
from tests.bench.figure import RUNS, Figure, Samples


def base_resident(bench):
    values = []
    for _ in range(RUNS):
        with bench.signer() as signer:
            for key, scheme in (("rsa.example.test", "rsa_pss_rsae_sha256"), ("ecdsa.example.test", "ecdsa_secp256r1_sha256"),
                                ("ed25519.example.test", "ed25519")):
                bench.unary_load(signer, "--key", key, "--scheme", scheme, "--in-flight", "1",
                                 "--seconds", "0.1")
            values.append(signer.resident_kb() / 1024)
    return Samples(values, "VmRSS with init's keys, after signatures with each")


def connection_resident(bench):
    count = 200
    values = []
    for _ in range(RUNS):
        with bench.signer() as signer:
            # What the first connection brings with it stays out of the difference.
            with bench.idle_clients(signer, 5, "--key", "ecdsa.example.test"):
                base = signer.resident_kb()
                with bench.idle_clients(signer, count, "--key", "ecdsa.example.test"):
                    values.append((signer.resident_kb() - base) / count)
    return Samples(values, f"VmRSS with {count} clients more that are idle, each with an open SignStream and a "
                           "watch on the health, divided by their number")


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
    return Samples(values, "10,000 P-256 PKCS#8 files, from process start to the ready line")


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
    return Samples(values, "VmRSS with 10,000 P-256 keys after one signature with each, less "
                           "VmRSS with init's keys")


FIGURES = [
    Figure("keys_10k_load_s", "s", 3, False, keys_10k_load),
    Figure("key_resident_kb", "KiB", 12, False, key_resident),
    Figure("connection_resident_kb", "KiB", 120, False, connection_resident),
    Figure("base_resident_mb", "MiB", 35, False, base_resident),
]
