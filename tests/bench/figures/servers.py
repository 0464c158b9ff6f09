"""Stock servers with a key on a signer, against the same with a local key.

What is counted is the application host: the server's worker and the agent run
on one core; the load, the signer and whatever stands between on the other.
"""

import contextlib
import os

from tests.bench import rig
from tests.bench.figure import RUNS, Figure, Samples
from tests.bench.host import ForwardedToken, Host

SIGNER_MS = 10
P256 = "ecdsa.example.test"
RSA = "rsa.example.test"


def _load(bench, name, port, pids, *arguments):
    command = ["taskset", "-c", rig.LOAD_CORE, rig.BIN / "tests/bench/handshake_load",
               "--target", f"127.0.0.1:{port}", "--server-name", name,
               "--ca", bench.site / "app" / "site-ca.crt", *arguments]
    for pid in pids:
        command += ["--service-pid", str(pid)]
    return rig.run_json(command)


def _cpu_per_handshake(bench, name, port, pids):
    load = _load(bench, name, port, pids, "--in-flight", "32")
    return load["service_cpu_s"] / load["count"]


def nginx_host_cpu_ratio(name):
    def measure(bench):
        host = Host(bench)
        values = []
        with bench.signer(core=rig.LOAD_CORE) as signer, host.agent(signer.address) as agent, \
                host.nginx(name, host.local_key(name)) as (local_port, local), \
                host.nginx(name, host.key_file(name)) as (remote_port, remote):
            for _ in range(RUNS):
                reference = _cpu_per_handshake(bench, name, local_port, [local])
                measured = _cpu_per_handshake(bench, name, remote_port, [remote, agent.pid])
                values.append(measured / reference)
        return Samples(values, "CPU of nginx's worker and the agent for a full TLS 1.3 handshake "
                       "(X25519) ÷ the same with a local key; 32 connections")
    return measure


def p11_kit_host_cpu_ratio(bench):
    """What forwarding PKCS#11 costs the same host, for comparison."""
    host = Host(bench)
    values = []
    with ForwardedToken(host.folder, host.local_key(P256)) as token, \
            host.nginx(P256, host.local_key(P256)) as (local_port, local), \
            host.nginx(P256, token.key, token.environment) as (remote_port, remote):
        for _ in range(RUNS):
            reference = _cpu_per_handshake(bench, P256, local_port, [local])
            values.append(_cpu_per_handshake(bench, P256, remote_port, [remote]) / reference)
    return Samples(values, "the same with p11-kit forwarding a SoftHSM token: CPU of the worker alone")


def haproxy_async_speedup(bench):
    host = Host(bench)
    key = host.key_file(P256)
    values = []
    with contextlib.ExitStack() as stack:
        signer = stack.enter_context(bench.signer(core=rig.LOAD_CORE))
        relay = stack.enter_context(rig.Program(
            rig.LOAD_CORE, rig.BIN / "tests/bench/delay_relay",
            "--target", "127.0.0.1:" + signer.address.rsplit(":", 1)[1],
            "--delay-ms", str(SIGNER_MS)))
        stack.enter_context(host.agent(relay.address))
        blocking = stack.enter_context(host.haproxy(P256, key))
        waiting = stack.enter_context(host.haproxy(P256, key, "ssl-mode-async"))
        for _ in range(RUNS):
            rates = []
            for port in (blocking, waiting):
                load = _load(bench, P256, port, [], "--in-flight", "64")
                rates.append(load["count"] / load["wall_s"])
            values.append(rates[1] / rates[0])
    return Samples(values, f"HAProxy, one thread, signer answers after {SIGNER_MS} ms: handshakes/s "
                   "with ssl-mode-async ÷ without; 64 connections")


def _worker_cost(bench, of):
    host = Host(bench)
    values = []
    with bench.signer(core=rig.LOAD_CORE) as signer, host.agent(signer.address):
        key = host.key_file(P256)
        for _ in range(RUNS):
            costs = []
            for one in (host.local_key(P256), key):
                with host.nginx(P256, one) as (port, worker):
                    _load(bench, P256, port, [], "--seconds", "1")
                    costs.append(of(worker))
            values.append(costs[1] - costs[0])
    return values


def provider_worker_mb(bench):
    return Samples(_worker_cost(bench, lambda pid: rig.resident_kb(pid) / 1024),
                   "VmRSS of nginx's worker after a second of handshakes, less that with a local key")


def provider_worker_threads(bench):
    return Samples(_worker_cost(bench, lambda pid: len(os.listdir(f"/proc/{pid}/task"))),
                   "threads of nginx's worker, less those with a local key")


FIGURES = [
    Figure("nginx_p256_host_cpu_ratio", "ratio", 1.20, False, nginx_host_cpu_ratio(P256)),
    Figure("nginx_rsa2048_host_cpu_ratio", "ratio", 0.80, False, nginx_host_cpu_ratio(RSA)),
    Figure("p11_kit_p256_host_cpu_ratio", "ratio", None, False, p11_kit_host_cpu_ratio),
    Figure("haproxy_async_speedup", "ratio", 12, True, haproxy_async_speedup),
    Figure("provider_worker_mb", "MiB", 1, False, provider_worker_mb),
    Figure("provider_worker_threads", "count", 0, False, provider_worker_threads),
]
