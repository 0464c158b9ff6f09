"""What it costs that the keys are in a process of their own."""

from tests.bench import rig
from tests.bench.figure import RUNS, Figure, Samples


def in_process(bench):
    """A configuration like init's, beside it, without audit, all in one process."""
    return with_vault(bench, "in_process")


def process(bench):
    """The same with three processes."""
    return with_vault(bench, "process")


def with_vault(bench, place):
    config = bench.config.with_name(f"signer_vault_{place}.yaml")
    lines = rig.without_audit(bench.config).read_text().splitlines(keepends=True)
    config.write_text("".join(line for line in lines if not line.startswith("vault:")) + f"vault: {place}\n")
    return config


def vault_process_ratio(bench):
    def rate(config):
        with bench.signer(config) as signer:
            load = bench.stream_load(signer, "--key", "ecdsa.example.test", "--scheme",
                                     "ecdsa_secp256r1_sha256", "--in-flight", "256")
        return load["count"] / load["service_cpu_s"]

    # In pairs, so that both see the same machine.
    values = [rate(process(bench)) / rate(in_process(bench)) for _ in range(RUNS)]
    return Samples(values, "signatures per CPU second of all processes, vault: process ÷ in_process, without audit: "
                           "P-256, SignStream, 1 stream, 256 in flight, signer on one core, load on the other")


def vault_added_p50(bench):
    def p50(config):
        with bench.signer(config) as signer:
            return bench.unary_load(signer, "--key", "ecdsa.example.test", "--in-flight", "1")["p50_us"]

    values = [p50(process(bench)) - p50(in_process(bench)) for _ in range(RUNS)]
    return Samples(values, "unary Sign, P-256, one call at a time, vault: process less in_process, without audit; "
                           "signer on one core, load on the other")


FIGURES = [
    Figure("vault_process_ratio", "ratio", 0.92, True, vault_process_ratio),
    Figure("vault_added_p50_us", "us", 70, False, vault_added_p50),
]
