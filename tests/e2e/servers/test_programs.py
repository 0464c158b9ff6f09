"""Programs that are started by hand: openssl, curl, Python, Node."""

import unittest

from tests.e2e.servers.application_host import CLIENT, SITES, ApplicationHostTest

OPENSSL_CONF = {"OPENSSL_CONF": "/etc/keyhold/openssl.cnf"}

PYTHON_SERVER = """
import http.server, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/etc/ssl/certs/%(name)s.crt", "/etc/keyhold/keys/%(name)s.pem")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")
server = http.server.HTTPServer(("127.0.0.1", %(port)d), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
print("ready", flush=True)
server.serve_forever()
"""

NODE_SERVER = """
const fs = require('fs');
require('https').createServer({
  cert: fs.readFileSync('/etc/ssl/certs/%(name)s.crt'),
  key: fs.readFileSync('/etc/keyhold/keys/%(name)s.pem'),
}, (request, response) => response.end('hello')).listen(%(port)d, '127.0.0.1', () => console.log('ready'));
"""


class Programs(ApplicationHostTest):
    """Servers run as www-data, who may reach the agent's socket."""

    @classmethod
    def set_up_machine(cls):
        cls.machine.run("keyhold", "setup", "openssl", "--write")
        cls.machine.run("usermod", "--append", "--groups", "keyhold", "www-data")
        cls.write_key_files()

    def serve(self, *command, ready="ready"):
        server = self.machine.start(*command, user="www-data", environment=OPENSSL_CONF)
        self.addCleanup(server.stop)
        server.wait_for_line(lambda line: line.startswith(ready))
        return server

    def test_openssl_server(self):
        for port, name in enumerate(SITES.values(), 5000):
            self.serve("openssl", "s_server", "-accept", str(port), "-www",
                       "-cert", f"/etc/ssl/certs/{name}.crt", "-key", f"/etc/keyhold/keys/{name}.pem",
                       ready="ACCEPT")
            self.check_handshakes(port=port, names=[name])

    def test_python_server(self):
        for port, name in enumerate(SITES.values(), 5100):
            self.serve("/usr/bin/python3", "-c", PYTHON_SERVER % {"name": name, "port": port})
            self.check_handshakes(port=port, names=[name])

    def test_node_server(self):
        for port, name in enumerate(SITES.values(), 5200):
            self.serve("node", "-e", NODE_SERVER % {"name": name, "port": port})
            self.check_handshakes(port=port, names=[name])

    def test_client_certificates(self):
        """A default policy, a client key, both versions: curl, and openssl."""
        name = SITES["p256"]
        for port, version in ((5301, "1.2"), (5302, "1.3")):
            self.serve("openssl", "s_server", "-accept", str(port), "-www", "-Verify", "1",
                       "-CAfile", self.ca, "-verify_return_error",
                       "-cert", f"/etc/ssl/certs/{name}.crt", "-key", f"/etc/keyhold/keys/{name}.pem",
                       "-tls" + version.replace(".", "_"), ready="ACCEPT")
            page = self.machine.run(
                "curl", "-s", "--noproxy", "*", "--cacert", self.ca, "--resolve",
                f"{name}:{port}:127.0.0.1", "--cert", f"/etc/ssl/certs/{CLIENT}.crt",
                "--key", f"/etc/keyhold/keys/{CLIENT}.pem", f"https://{name}:{port}/",
                user="www-data", environment=OPENSSL_CONF)
            self.assertIn(f"TLSv{version}", page)
            self.assertIn(CLIENT, page)

    def test_ordinary_keys_work_beside_remote_ones(self):
        self.machine.sh("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=local.example.org "
                        "-keyout /etc/local.key -out /etc/local.crt && chmod 644 /etc/local.key")
        self.serve("openssl", "s_server", "-accept", "5400", "-www", "-cert", "/etc/local.crt",
                   "-key", "/etc/local.key", ready="ACCEPT")
        page = self.machine.run("curl", "-s", "--noproxy", "*", "--cacert", "/etc/local.crt",
                                "--resolve", "local.example.org:5400:127.0.0.1",
                                "https://local.example.org:5400/")
        self.assertIn("TLSv1.3", page)

    def test_certificate_requests_go_through_the_service(self):
        """What is no handshake is refused, and says what to do instead."""
        told = self.machine.run("openssl", "req", "-new", "-subj", "/CN=x",
                                "-key", f"/etc/keyhold/keys/{SITES['p256']}.pem", ok=False,
                                user="www-data", environment=OPENSSL_CONF)
        self.assertNotIn("BEGIN CERTIFICATE REQUEST", told)
        self.assertIn("keyhold csr", told)

    def test_who_may_not(self):
        """A user without the group is kept out by the socket's mode; one with
        it, but no rule, by the agent."""
        sign = ("openssl", "pkeyutl", "-sign", "-rawin", "-digest", "sha256", "-inkey",
                f"/etc/keyhold/keys/{SITES['p256']}.pem", "-in", "/etc/hostname")
        told = self.machine.run(*sign, user="nobody", ok=False, environment=OPENSSL_CONF)
        self.assertIn("Permission denied", told)
        self.machine.run("usermod", "--append", "--groups", "keyhold", "games")
        told = self.machine.run(*sign, user="games", ok=False, environment=OPENSSL_CONF)
        self.assertIn("agent.yaml", told)

    def test_a_garbled_key_file(self):
        key_file = f"/etc/keyhold/keys/{SITES['p256']}.pem"
        self.machine.sh(f"sed '4s/./!/5' {key_file} > /etc/keyhold/keys/garbled.pem")
        told = self.machine.run("openssl", "pkey", "-in", "/etc/keyhold/keys/garbled.pem", "-pubout",
                                ok=False, environment=OPENSSL_CONF)
        self.assertIn("keyhold key-file", told)

    def test_a_missing_module(self):
        told = self.machine.sh("sed 's/keyhold.so/absent.so/' /etc/keyhold/openssl.cnf > /etc/absent.cnf\n"
                               "OPENSSL_CONF=/etc/absent.cnf openssl pkey -pubout "
                               f"-in /etc/keyhold/keys/{SITES['p256']}.pem", ok=False)
        # OpenSSL says no more; `keyhold doctor` does.
        self.assertIn("unsupported", told)


if __name__ == "__main__":
    unittest.main()
