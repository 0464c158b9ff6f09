"""A signer, and a machine with an agent whose servers hold no site's key."""

import contextlib
import json
import subprocess
import unittest

from tests.e2e import peers, processes
from tests.e2e.servers import machine

LOAD = processes.ROOT / "tests/e2e/servers/load.py"
AGENT_IDENTITY = processes.SignerHost.IDENTITY
# A key of each type that servers take, and the name of its site.
SITES = {
    "p256": "www.example.org",
    "rsa2048": "rsa.example.org",
    "p384": "p384.example.org",
    "ed25519": "ed25519.example.org",
    "rsapss": "rsapss.example.org",
}
CLIENT = "client.example.org"


class Signer(processes.SignerHost):
    """The signer, in the machine's network."""

    def __init__(self, folder, host):
        super().__init__(folder)
        self._host = host

    def start(self):
        self.process = self._host.start(processes.BIN / "signer_service/keyhold-signer", "--config",
                                        self.write_config(), stream="stderr")
        ready = json.loads(self.process.wait_for_line(lambda line: '"event":"ready"' in line))
        self.port = int(ready["listeners"][0]["address"].rsplit(":", 1)[1])
        return self


class ApplicationHostTest(unittest.TestCase):
    """One machine for all tests of a class. Certificates are in
    /etc/ssl/certs/NAME.crt, key files in /etc/keyhold/keys/NAME.pem."""

    # Users of the servers under test: the agent's rule.
    users = ["www-data"]

    @classmethod
    def setUpClass(cls):
        folder = machine.temporary_folder(cls)
        cls.machine = machine.Machine(folder)
        cls.addClassCleanup(cls.machine.stop)
        cls.signer = Signer(folder + "/signer", cls.machine)
        for key_type, name in SITES.items():
            certificate = cls.signer.add_key(name, key_type)
            cls.machine.write(f"/etc/ssl/certs/{name}.crt", certificate.read_text())
        client = cls.signer.add_key(CLIENT, "p256", usage="clientAuth")
        cls.machine.write(f"/etc/ssl/certs/{CLIENT}.crt", client.read_text())
        cls.ca = "/etc/ssl/certs/site-ca.crt"
        cls.machine.write(cls.ca, cls.signer.sites.certificate.read_text())
        cls.signer.start()
        cls.addClassCleanup(lambda: cls.signer.stop())
        cls.start_agent()
        cls.set_up_machine()

    @classmethod
    def set_up_machine(cls):
        """What a class adds."""

    @classmethod
    def start_agent(cls):
        for source, target in [(cls.signer.app, "agent.key"),
                               (cls.signer.app.with_suffix(".crt"), "agent.crt"),
                               (cls.signer.transport.certificate, "signer-ca.crt")]:
            cls.machine.run("install", "-o", "keyhold-agent", "-m", "0600", source,
                            f"/etc/keyhold/{target}")
        cls.write_agent_config()
        cls.machine.run("systemctl", "start", "keyhold-agent")

    @classmethod
    def write_agent_config(cls, users=None, listen=(), endpoints=None):
        """agent.yaml with the rules last, so that a page can add to them."""
        endpoints = endpoints or [f"localhost:{cls.signer.port}"]
        text = "listen:\n  - path: /run/keyhold/agent.sock\n"
        text += "".join(f"  - {json.dumps(one)}\n" for one in listen)
        text += ("signer:\n"
                 f"  endpoints: {json.dumps(endpoints)}\n"
                 "  certificate_file: agent.crt\n"
                 "  private_key_file: agent.key\n"
                 "  ca_file: signer-ca.crt\n"
                 "rules:\n"
                 f"  - users: {json.dumps(users or cls.users)}\n"
                 '    keys: ["*"]\n')
        cls.machine.write("/etc/keyhold/agent.yaml", text)

    @classmethod
    def write_key_files(cls, agent="/run/keyhold/agent.sock"):
        for name in (*SITES.values(), CLIENT):
            cls.machine.run("keyhold", "key-file", name,
                            "--for-certificate", f"/etc/ssl/certs/{name}.crt", "--agent", agent,
                            "--agent-uid", "keyhold-agent", "--out", f"/etc/keyhold/keys/{name}.pem")

    def s_client(self, name, *arguments, port=443, text=""):
        """A handshake; see peers.ClientResult."""
        command = [*self.machine.enter(), "openssl", "s_client", "-connect", f"127.0.0.1:{port}",
                   "-msg", "-servername", name, "-CAfile", self.ca, "-verify_return_error",
                   *arguments]
        done = subprocess.run([str(part) for part in command], input=text, text=True,
                              errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=peers.SECONDS)
        return peers.ClientResult(done.returncode, done.stdout)

    def check_handshakes(self, port=443, arguments=(), names=None, sigalgs=()):
        """TLS 1.2 and 1.3 with a key of each type."""
        for name in names or SITES.values():
            for version in ("-tls1_2", "-tls1_3"):
                with self.subTest(name=name, version=version):
                    result = self.s_client(name, version, *arguments, port=port)
                    self.assertTrue(result.verified, result.output)
                    self.assertIn(name, result.subject)
                    self.assertIsNotNone(result.scheme, result.output)

    @contextlib.contextmanager
    def load(self, port=443, names=None, threads=4):
        """Handshakes go on meanwhile; not one may fail."""
        load = self.machine.start("/usr/bin/python3", LOAD, "--ca", self.ca, "--threads", str(threads),
                                  str(port), *(names or SITES.values()))
        load.wait_for_line(lambda line: line == "started")
        try:
            yield load
        finally:
            load.close_input()
            load.wait_for_line(lambda line: line.startswith("{"), seconds=60)
            counts = json.loads(load.lines[-1])
            load.stop()
        self.assertEqual(counts["failed"], 0, "\n".join(load.lines))
        self.assertGreater(counts["done"], 0)
