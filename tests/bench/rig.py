"""Runs a signer on one core and load on the other."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "bazel-bin"
SERVER_CORE = "0"
LOAD_CORE = "1"


def run_json(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def resident_kb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("no VmRSS")


def service_pids(signer):
    """The signer's process and those that it has started: front and vault."""
    pids = [signer.pid]
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # "PID (NAME) STATE PARENT …"
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == signer.pid:
                pids.append(int(stat.parent.name))
    return pids


class Signer:
    """A keyhold-signer that is ready, pinned to `core`."""

    def __init__(self, config, core):
        self.started_process = subprocess.Popen(
            ["taskset", "-c", core, BIN / "signer_service/keyhold-signer", "--config", config],
            stderr=subprocess.PIPE, text=True)
        self.address = None
        self.lines = []
        for line in self.started_process.stderr:
            self.lines.append(line)
            event = json.loads(line)
            if event.get("event") == "ready":
                self.address = event["listeners"][0]["address"]
                break
        if self.address is None:
            raise RuntimeError("the signer did not start:\n" + "".join(self.lines))
        # What it logs from here on must not fill the pipe.
        self.drain = subprocess.Popen(["cat"], stdin=self.started_process.stderr,
                                      stdout=subprocess.DEVNULL)

    @property
    def pid(self):
        return self.started_process.pid

    def resident_kb(self):
        return resident_kb(self.pid)

    def stop(self):
        self.started_process.send_signal(signal.SIGTERM)
        if self.started_process.wait(timeout=40) != 0:
            raise RuntimeError("the signer did not end cleanly")
        self.drain.wait()


class Program:
    """A program that prints, as its first line, the address it listens on."""

    def __init__(self, core, *command):
        self.process = subprocess.Popen(["taskset", "-c", core, *command],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{command[0]} did not start")
        self.address = line.split()[-1]

    @property
    def pid(self):
        return self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()


class Rig:
    """A folder made by `keyhold init`, and what is run on it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        subprocess.run([BIN / "cli/keyhold", "init", self.folder / "site"], check=True,
                       stdout=subprocess.DEVNULL)
        self.site = self.folder / "site"
        self.config = self.site / "signer" / "signer.yaml"
        # The benchmark picks a free port; all else stays as init wrote it.
        text = self.config.read_text()
        self.config.write_text(text.replace(":7443", ":0"))

    def config_with(self, keys_folder, key_pattern):
        """A configuration like init's, beside it, that serves the keys of another folder too."""
        config = self.config.with_name(f"signer_{keys_folder}.yaml")
        text = self.config.read_text()
        for line, more in (("    - keys\n", f"    - {keys_folder}\n"),
                           ('        - "rsa.example.test"\n', f'        - "{key_pattern}"\n')):
            assert text.count(line) == 1, "init's configuration has another form"
            text = text.replace(line, line + more)
        config.write_text(text)
        return config

    @contextlib.contextmanager
    def signer(self, config=None, core=SERVER_CORE):
        signer = Signer(config or self.config, core)
        try:
            yield signer
        finally:
            signer.stop()

    def unary_load(self, signer, *arguments):
        return self._load("unary_load", signer, *arguments)

    def stream_load(self, signer, *arguments):
        return self._load("stream_load", signer, *arguments)

    def client_load(self, signer, *arguments):
        return self._load("client_load", signer, *arguments)

    @contextlib.contextmanager
    def idle_clients(self, signer, count, *arguments):
        """Clients that are connected and do nothing, until the block ends."""
        clients = subprocess.Popen(
            self._command("client_load", signer, "--idle", str(count), *arguments),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            if clients.stdout.readline() != b"ready\n":
                raise RuntimeError("the idle clients did not connect")
            yield
        finally:
            clients.stdin.close()
            clients.wait(timeout=60)
            clients.stdout.close()

    @contextlib.contextmanager
    def stream_load_beside(self, signer, *arguments):
        """Load that goes on until the block ends; it must not fail before."""
        load = subprocess.Popen(self._command("stream_load", signer, "--seconds", "3600", *arguments),
                                stdout=subprocess.DEVNULL)
        try:
            yield
            if load.poll() is not None:
                raise RuntimeError("the load beside has ended")
        finally:
            load.kill()
            load.wait()

    def _load(self, program, signer, *arguments):
        return run_json(self._command(program, signer, *arguments))

    def _command(self, program, signer, *arguments):
        app = self.site / "app"
        return ["taskset", "-c", LOAD_CORE, BIN / "tests/bench" / program,
                "--target", "localhost:" + signer.address.rsplit(":", 1)[1],
                "--ca", app / "signer-ca.crt", "--certificate", app / "transport.crt",
                "--private-key", app / "transport.key",
                *(word for pid in service_pids(signer) for word in ("--service-pid", str(pid))),
                *arguments]


class MoreKeys:
    """A configuration like init's with a P-384 and an RSA-4096 key."""

    P384 = "bench-p384"
    RSA4096 = "bench-rsa4096"

    def __init__(self, bench):
        folder = bench.site / "signer" / "more_keys"
        if not folder.exists():
            folder.mkdir(mode=0o700)
            for name, *options in ((self.P384, "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
                                   (self.RSA4096, "RSA", "-pkeyopt", "rsa_keygen_bits:4096")):
                subprocess.run(["openssl", "genpkey", "-algorithm", *options,
                                "-out", folder / f"{name}.key"],
                               check=True, stderr=subprocess.DEVNULL)
        self.config = bench.config_with(folder.name, "bench-*")


def without_audit(config):
    """Another configuration's text, beside it, without `audit`."""
    other = config.with_name(config.stem + "_without_audit.yaml")
    lines = config.read_text().splitlines(keepends=True)
    begin = lines.index("audit:\n")
    end = next(i for i in range(begin + 1, len(lines)) if not lines[i].startswith("  "))
    other.write_text("".join(lines[:begin] + lines[end:]))
    return other


@contextlib.contextmanager
def temporary_rig():
    with tempfile.TemporaryDirectory(prefix="keyhold-bench-") as folder:
        yield Rig(folder)


def openssl_rate(algorithm):
    """Signatures per second of `openssl speed`, one core, the server's."""
    done = subprocess.run(
        ["taskset", "-c", SERVER_CORE, "openssl", "speed", "-mr", "-seconds", "1", algorithm],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    fields = done.stdout.strip().splitlines()[-1].split(":")
    # "+F2:…:bits:sign/s:verify/s" (RSA, ECDSA) and "+F6:…:bits:name:sign/s:…".
    return float(fields[-2])


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return os.uname().machine
