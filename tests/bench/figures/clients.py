"""The rate of the clients of clients/, against the C++ unary client's."""

import contextlib
import functools
import json
import statistics
import subprocess

from tests.bench import rig
from tests.bench.figure import RUNS, Figure, Samples
from tests.clients import program
from tests.clients.run import CLIENTS, LANGUAGES, what_is_missing

KEY = "ecdsa.example.test"
IN_FLIGHT = 64
SECONDS = 2


@contextlib.contextmanager
def conformance(bench, client):
    """The client's conformance program, pinned as the C++ load is."""
    subprocess.run([CLIENTS / client / "build.sh"], check=True, stdout=subprocess.DEVNULL)
    app = bench.site / "app"
    files = {"certificate": "transport.crt", "private_key": "transport.key", "ca": "signer-ca.crt"}
    environment = bench.folder / "clients.json"
    environment.write_text(json.dumps({
        "identities": {"app": {name: str(app / file) for name, file in files.items()}},
        "work": str(bench.folder)}))
    pinned = bench.folder / f"{client}.sh"
    pinned.write_text(f'#!/bin/sh\nexec taskset -c {rig.LOAD_CORE} "{CLIENTS / client}/conformance.sh" "$@"\n')
    pinned.chmod(0o700)
    running = program.Program(pinned, environment)
    try:
        yield running
    finally:
        running.close()


def rate(running, where, key):
    answer = running.ask("bench", **where, spki_sha256=key["spki_sha256"], scheme=0x0403,
                         in_flight=IN_FLIGHT, seconds=SECONDS)
    if not answer.get("ok"):
        raise RuntimeError(f"the bench command failed: {answer}")
    return answer["count"] / answer["seconds"]


def rate_ratio(client, bench):
    """Signatures a second ÷ the C++ unary client's, measured before each run."""
    values, rates = [], []
    with bench.signer() as signer, conformance(bench, client) as running:
        where = {"identity": "app", "endpoints": ["localhost:" + signer.address.rsplit(":", 1)[1]],
                 "timeout_ms": 10000}
        keys = running.ask("list_keys", **where)["keys"]
        key = next(key for key in keys if key["id"] == KEY)
        rate(running, where, key)  # warm up: the JVM compiles what it runs often
        for _ in range(RUNS):
            reference = bench.unary_load(signer, "--key", KEY, "--in-flight", str(IN_FLIGHT),
                                         "--seconds", str(SECONDS))
            rates.append(rate(running, where, key))
            values.append(rates[-1] / (reference["count"] / reference["wall_s"]))
    return Samples(values, f"P-256, mTLS on loopback, {IN_FLIGHT} in flight, signer on one core, client on the "
                           f"other; {statistics.median(rates):.0f} signatures a second")


# Rust and Go have a target; the others are reported.
TARGETS = {"rust": 0.4, "go": 0.4}
FIGURES = [
    Figure(f"client_{client}_ratio", "ratio", TARGETS.get(client), True, functools.partial(rate_ratio, client))
    for client in LANGUAGES if what_is_missing(client) is None
]
