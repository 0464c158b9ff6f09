"""What happens over time: keys replaced, the signer away, sessions resumed."""

import concurrent.futures
import signal
import socket
import ssl
import subprocess

from tests.e2e import fixture, peers, pki, processes


class KeyReplaced(fixture.SignerTest):

    @classmethod
    def set_up_host(cls, host):
        cls.old = host.add_key("www.example.test", "p256")

    def test_old_certificate_after_rotation(self):
        port = self.server(self.old).port
        keys = self.host.keys
        # The old pair stays under a label, a new one takes its place.
        for ending in ("key", "crt"):
            (keys / f"www.example.test.{ending}").rename(keys / f"www.example.test@old.{ending}")
        self.host.add_key("www.example.test", "p256")
        self.host.reload()
        seen = peers.http_get(port, "www.example.test", ca=self.host.sites.certificate)
        self.assertIn("HTTP/1.1 200", seen.output)

        for ending in ("key", "crt"):
            (keys / f"www.example.test@old.{ending}").unlink()
        self.host.reload()
        seen = peers.http_get(port, "www.example.test", ca=self.host.sites.certificate)
        self.assertEqual(seen.alert, "internal_error", seen.output)
        refused = self.host.wait_for_event("refused")
        self.assertEqual(refused["reason"], "KEY_NOT_FOUND")


class SignerAway(fixture.SignerTest):

    @classmethod
    def set_up_host(cls, host):
        cls.site = host.add_key("www.example.test", "p256")

    def test_resumption_needs_no_signature_and_no_signer(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version=version):
                port = self.server(self.site).port
                context = peers.python_context(self.host.sites.certificate, version)
                _, session, resumed = peers.python_get(port, "www.example.test", context)
                self.assertFalse(resumed)
                self.host.stop()
                try:
                    body, _, resumed = peers.python_get(port, "www.example.test", context, session)
                    self.assertTrue(resumed)
                    self.assertIn("200 OK", body)
                    seen = peers.s_client(port, name="www.example.test", ca=self.host.sites.certificate)
                    self.assertEqual(seen.alert, "internal_error", seen.output)
                finally:
                    self.host.start()

    def test_killed_and_restarted_under_handshakes(self):
        port = self.server(self.site).port
        ca = self.host.sites.certificate

        def handshake(_):
            return peers.http_get(port, "www.example.test", ca=ca)

        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            pending = [threads.submit(handshake, i) for i in range(60)]
            for done in pending[10], pending[25]:
                done.result()
                self.host.process.signal(signal.SIGKILL)
                self.host.process.wait()
                self.host.start()
            for each in pending:
                self.assertIn("HTTP/1.1 200", each.result().output)

    def test_drained_under_handshakes_ends_cleanly(self):
        port = self.server(self.site).port
        ca = self.host.sites.certificate
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            pending = [threads.submit(peers.http_get, port, "www.example.test", ca=ca)
                       for _ in range(30)]
            pending[5].result()
            self.host.process.signal(signal.SIGTERM)
            self.assertEqual(self.host.process.wait(), 0)
            self.host.start()
            for each in pending:
                self.assertIn("HTTP/1.1 200", each.result().output)


class Expired(fixture.SignerTest):

    @classmethod
    def set_up_host(cls, host):
        cls.site = host.add_key("www.example.test", "p256", days=-1)

    def test_expired_site_certificate_is_served_with_a_warning(self):
        server = self.server(self.site)
        seen = peers.http_get(server.port, "www.example.test")
        self.assertIn("HTTP/1.1 200", seen.output)
        self.assertIn("certificate has expired", seen.output)
        warnings = [line for line in self.host.process.lines if "expired" in line]
        self.assertTrue(warnings, "the signer did not warn")
        self.assertTrue([line for line in server.lines if "expired" in line],
                        "the application was not told")


class ForeignClient(fixture.SignerTest):
    """Who may connect to the signer at all."""

    @classmethod
    def set_up_host(cls, host):
        host.add_key("www.example.test", "p256")

    def first_bytes(self, certificate=None):
        """What the signer's port says after a TLS handshake: SETTINGS of
        HTTP/2 to whom it admits, nothing to anybody else."""
        context = ssl.create_default_context(cafile=str(self.host.transport.certificate))
        context.set_alpn_protocols(["h2"])
        if certificate:
            context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        try:
            with socket.create_connection(("127.0.0.1", self.host.port), timeout=peers.SECONDS) as raw:
                with context.wrap_socket(raw, server_hostname="localhost") as tls:
                    return tls.recv(4096)
        except (ssl.SSLError, ConnectionResetError):
            return b""

    def test_only_clients_of_the_own_authority_get_in(self):
        other = pki.Authority(self.host.folder / "other", "other-ca")
        key = pki.generate_key(self.host.folder / "other.key", "p256")
        foreign = other.issue(key, ["URI:" + self.host.IDENTITY], usage="clientAuth")
        self.assertTrue(self.first_bytes(self.host.app.with_suffix(".crt")))
        self.assertEqual(self.first_bytes(foreign), b"")
        self.assertEqual(self.first_bytes(), b"")

    def test_expired_client_is_refused_with_a_reason_at_both_ends(self):
        key = pki.generate_key(self.host.folder / "expired.key", "p256")
        expired = self.host.transport.issue(key, ["URI:" + self.host.IDENTITY], usage="clientAuth",
                                            days=-1)
        self.assertEqual(self.first_bytes(expired), b"")
        refused = self.host.wait_for_event("tls_refused")
        self.assertIn("it has expired", refused["message"])
        done = subprocess.run(
            [processes.BIN / "cli/keyhold", "keys", "list", "--signer", f"localhost:{self.host.port}",
             "--certificate", expired, "--private-key", key, "--ca", self.host.transport.certificate],
            stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{expired} expired on 2020-02-01", done.stderr)

    def test_plaintext_gets_no_answer(self):
        with socket.create_connection(("127.0.0.1", self.host.port), timeout=peers.SECONDS) as raw:
            raw.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
            received = b""
            try:
                while part := raw.recv(4096):
                    received += part
            except ConnectionResetError:
                pass
        # At most a TLS alert (record type 21), no HTTP/2.
        self.assertTrue(received == b"" or received[0] == 21, received)
