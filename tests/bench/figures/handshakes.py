"""TLS servers of one thread whose keys are far away, against a local key."""

import contextlib
import subprocess

from tests.bench import rig
from tests.bench.figure import RUNS, Figure, Samples

SIGNER_MS = 10
NAME = "ecdsa.example.test"
# So many handshakes wait at once, and each for so long.
WAITING = 4096
LONG_MS = 1500


def _certificate(bench):
    return ["--certificate", bench.site / "app" / "sites" / f"{NAME}.crt"]


@contextlib.contextmanager
def local_server(bench):
    """The server with the key in its own process."""
    key = bench.site / "signer" / "keys" / f"{NAME}.key"
    with rig.Program(rig.SERVER_CORE, rig.BIN / "deploy/examples/epoll_https_server",
                     "--listen", "127.0.0.1:0", *_certificate(bench), "--local-key", key) as server:
        yield server


@contextlib.contextmanager
def remote_server(bench, delay_ms, *flags, config=None):
    """The same with a signer that answers after `delay_ms`. Signer and relay
    run on the load's core."""
    app = bench.site / "app"
    with contextlib.ExitStack() as stack:
        signer = stack.enter_context(bench.signer(config, core=rig.LOAD_CORE))
        relay = stack.enter_context(rig.Program(
            rig.LOAD_CORE, rig.BIN / "tests/bench/delay_relay",
            "--target", "127.0.0.1:" + signer.address.rsplit(":", 1)[1], "--delay-ms", str(delay_ms)))
        yield stack.enter_context(rig.Program(
            rig.SERVER_CORE, rig.BIN / "deploy/examples/epoll_https_server",
            "--listen", "127.0.0.1:0", *_certificate(bench), *flags,
            "--signer", "localhost:" + relay.address.rsplit(":", 1)[1],
            "--signer-ca", app / "signer-ca.crt", "--identity", app / "transport.crt",
            "--identity-key", app / "transport.key"))


def handshakes(bench, server, *arguments):
    return rig.run_json(
        ["taskset", "-c", rig.LOAD_CORE, rig.BIN / "tests/bench/handshake_load",
         "--target", server.address, "--server-name", NAME,
         "--ca", bench.site / "app" / "site-ca.crt", "--service-pid", str(server.pid), *arguments])


def _per_cpu_second(load):
    return load["count"] / load["service_cpu_s"]


def async_cpu_ratio(bench):
    values = []
    with local_server(bench) as local, remote_server(bench, SIGNER_MS) as remote:
        for _ in range(RUNS):
            reference = _per_cpu_second(handshakes(bench, local, "--in-flight", "64"))
            measured = _per_cpu_second(handshakes(bench, remote, "--in-flight", "64"))
            values.append(measured / reference)
    return Samples(values, "full TLS 1.3 handshakes, P-256, a CPU second of a server of one thread; "
                   f"signer answers after {SIGNER_MS} ms; 64 connections")


def _patient_config(bench):
    """init's configuration with room for all at once, and time."""
    config = bench.site / "signer" / "signer_patient.yaml"
    text = bench.config.read_text()
    assert "\nlimits:" not in text, "init's configuration has limits of its own now"
    config.write_text(text + f"\nlimits:\n  max_items_in_flight: {2 * WAITING}\n")
    return config


def _make_connection(bench, server):
    """Over so long a way the first handshakes fail: nobody waits until the
    connection to the signer stands."""
    for _ in range(20):
        with contextlib.suppress(subprocess.CalledProcessError):
            return handshakes(bench, server, "--all-at-once", "--in-flight", "1")
    raise RuntimeError("the server never reached its signer")


def async_in_flight(bench):
    values = []
    with remote_server(bench, LONG_MS, config=_patient_config(bench)) as remote:
        _make_connection(bench, remote)
        for _ in range(RUNS):
            load = handshakes(bench, remote, "--all-at-once", "--in-flight", str(WAITING),
                              "--signature-ms", str(LONG_MS))
            assert load["count"] == WAITING
            values.append(load["waiting"])
    return Samples(values, f"{WAITING} connections to a server of one thread, signer answers after "
                   f"{LONG_MS} ms; handshakes whose signatures were under way together")


FIGURES = [
    Figure("async_cpu_ratio", "ratio", 0.75, True, async_cpu_ratio),
    Figure("async_in_flight", "count", 2000, True, async_in_flight),
]
