"""The programs under test, started for real. Nothing here sleeps: each waits
for the line in which the program says that it is ready."""

import copy
import json
import os
import pathlib
import queue
import signal
import subprocess
import threading

from tests.e2e import pki

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where the programs are; Bazel's own link by default.
BIN = pathlib.Path(os.environ.get("KEYHOLD_BIN") or ROOT / "bazel-bin")
READY_SECONDS = 30


class Process:
    """A child whose output is read line by line, so that a test can wait."""

    def __init__(self, command, stream="stdout", environment=None):
        self.command = [str(part) for part in command]
        self.lines = []
        self._queue = queue.Queue()
        self._child = subprocess.Popen(
            self.command, text=True, errors="replace", stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if stream == "stdout" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if stream == "stdout" else subprocess.PIPE,
            env={**os.environ, **(environment or {})})
        self._stream = self._child.stdout if stream == "stdout" else self._child.stderr
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._stream:
            self.lines.append(line.rstrip("\n"))
            self._queue.put(self.lines[-1])
        self._queue.put(None)

    @property
    def pid(self):
        return self._child.pid

    def wait_for_line(self, wanted, seconds=READY_SECONDS):
        """The next unread line for which wanted(line) is true."""
        while True:
            try:
                line = self._queue.get(timeout=seconds)
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"{self.command[0]} never said it:\n" + "\n".join(self.lines))
            if wanted(line):
                return line

    def signal(self, number):
        self._child.send_signal(number)

    def wait(self, seconds=READY_SECONDS):
        code = self._child.wait(timeout=seconds)
        self._reader.join(timeout=seconds)
        return code

    def stop(self):
        if self._child.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self._child.wait(timeout=READY_SECONDS)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._reader.join(timeout=READY_SECONDS)
        for stream in (self._child.stdin, self._stream):
            stream.close()

    def kill(self):
        self._child.kill()
        self._child.wait()


class SignerHost:
    """A folder as on a signer host: keys, transport certificates, signer.yaml.

    The keys lie in `keys`; add some with add_key before start().
    """

    IDENTITY = "spiffe://example.test/app"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.keys = self.folder / "keys"
        self.keys.mkdir(parents=True)
        self.transport = pki.Authority(self.folder / "transport", "transport-ca")
        self.sites = pki.Authority(self.folder / "sites", "site-ca")
        self.own = pki.generate_key(self.folder / "signer.key", "p256")
        self.transport.issue(self.own, ["DNS:localhost", "IP:127.0.0.1"])
        self.app = pki.generate_key(self.folder / "app.key", "p256")
        self.transport.issue(self.app, [f"URI:{self.IDENTITY}"], usage="clientAuth")
        self.rules = [{"name": "app", "identities": [self.IDENTITY], "keys": ["*"]}]
        self.settings = []
        # Further fields of signer.yaml.
        self.more = {}
        self.audit = None
        # Further fields of the TCP listener.
        self.listener = {}
        self.address = "127.0.0.1"
        self.port = 0
        self.config_name = "signer.yaml"
        self.wrapper = []
        self.process = None

    def replica(self, name, address="127.0.0.1", wrapper=()):
        """Another signer with the same keys, certificates and rules. `wrapper` is
        a command that runs it."""
        other = copy.copy(self)
        other.address, other.port = address, 0
        other.config_name, other.wrapper = f"{name}.yaml", list(wrapper)
        other.process = None
        return other

    def add_key(self, name, key_type, names=None, **options):
        """A key and its site certificate; returns the certificate's path in
        the application's folder, where the key is not."""
        key = pki.generate_key(self.keys / f"{name}.key", key_type)
        names = names or [f"DNS:{name}"]
        self.sites.issue(key, names, **options)
        return self.application_copy(name)

    def application_copy(self, name):
        certificates = self.folder / "certificates"
        certificates.mkdir(exist_ok=True)
        copy = certificates / f"{name}.crt"
        copy.write_bytes((self.keys / f"{name}.crt").read_bytes())
        return copy

    def write_config(self):
        config = {
            "listen": {"tcp": [{
                "address": f"{self.address}:{self.port}",
                "certificate_file": "signer.crt",
                "private_key_file": "signer.key",
                "client_ca_file": "transport/transport-ca.crt",
                **self.listener,
            }]},
            "keys": {"directories": ["keys"], "settings": self.settings},
            "policy": {"rules": self.rules},
        }
        if self.audit:
            config["audit"] = self.audit
        config.update(self.more)
        path = self.folder / self.config_name
        path.write_text(json.dumps(config, indent=2))  # JSON is YAML
        return path

    def start(self):
        self.process = Process(
            [*self.wrapper, BIN / "signer_service/keyhold-signer", "--config", self.write_config()],
            stream="stderr")
        ready = json.loads(self.process.wait_for_line(lambda line: '"event":"ready"' in line))
        # Restarts take the same port, as a real service would.
        self.port = int(ready["listeners"][0]["address"].rsplit(":", 1)[1])
        return self

    def reload(self):
        self.write_config()
        self.process.signal(signal.SIGHUP)
        return self.wait_for_event("reload")

    def wait_for_event(self, name):
        return json.loads(self.process.wait_for_line(lambda line: f'"event":"{name}"' in line))

    def events(self, name):
        parsed = [json.loads(line) for line in self.process.lines if line.startswith("{")]
        return [event for event in parsed if event.get("event") == name]

    def stop(self):
        if self.process:
            self.process.stop()

    def signer_flags(self):
        """How an application reaches this signer."""
        return ["--signer", f"localhost:{self.port}",
                "--signer-ca", self.transport.certificate,
                "--identity", self.app.with_suffix(".crt"),
                "--identity-key", self.app]


class HttpsServer(Process):
    """deploy/examples/https_server, or the one in one thread."""

    def __init__(self, *flags, program="https_server"):
        super().__init__([BIN / "deploy/examples" / program, "--listen", "127.0.0.1:0", *flags])
        line = self.wait_for_line(lambda text: text.startswith("listening on "))
        self.port = int(line.rsplit(":", 1)[1])
