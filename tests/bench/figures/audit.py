"""What the audit log costs."""

from tests.bench import rig
from tests.bench.figure import RUNS, Figure, Samples


def with_sync(bench):
    """A configuration like init's, beside it, whose records survive a loss of power."""
    config = bench.config.with_name("signer_with_sync.yaml")
    text = bench.config.read_text()
    assert text.count("audit:\n") == 1, "init's configuration has another form"
    config.write_text(text.replace("audit:\n", "audit:\n  sync: batch\n"))
    return config


def rate(bench, config):
    with bench.signer(config) as signer:
        load = bench.stream_load(signer, "--key", "ecdsa.example.test", "--scheme", "ecdsa_secp256r1_sha256",
                                 "--in-flight", "256")
    return load["count"] / load["service_cpu_s"]


def audit_ratio(of):
    def measure(bench):
        off = rig.without_audit(bench.config)
        on = of(bench)
        # In pairs, so that both see the same machine.
        values = [rate(bench, on) / rate(bench, off) for _ in range(RUNS)]
        return Samples(values, "signatures per CPU second of the service with audit ÷ without: P-256, SignStream, "
                               "1 stream, 256 in flight, signer on one core, load on the other")

    return measure


FIGURES = [
    Figure("audit_ratio", "ratio", 0.88, True, audit_ratio(lambda bench: bench.config)),
    # The price of surviving a loss of power: no target, since it is the disk's.
    Figure("audit_sync_ratio", "ratio", None, True, audit_ratio(with_sync)),
]
