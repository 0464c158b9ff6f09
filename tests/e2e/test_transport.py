"""Who gets a connection to the signer, and what it can be stopped from doing."""

import subprocess

from tests.e2e import fixture, peers, pki, processes


def s_client(host, *arguments, identity=None):
    """What `openssl s_client` says of the signer's own port."""
    identity = identity or host.app
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{host.port}", "-alpn", "h2",
         "-CAfile", host.transport.certificate, "-cert", identity.with_suffix(".crt"),
         "-key", identity, *arguments],
        input="", text=True, errors="replace", stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=peers.SECONDS)
    return done.stdout


def sign(host, identity=None):
    """One signature over the command line; its exit code and text."""
    identity = identity or host.app
    done = subprocess.run(
        [processes.BIN / "cli/keyhold", "sign", "www.example.test", "--transcript-hash", "ab" * 32,
         "--signer", f"localhost:{host.port}", "--ca", host.transport.certificate,
         "--certificate", identity.with_suffix(".crt"), "--private-key", identity],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=peers.SECONDS)
    return done.returncode, done.stderr


class Transport(fixture.SignerTest):

    @classmethod
    def set_up_host(cls, host):
        host.add_key("www.example.test", "p256")
        cls.crls = host.folder / "crls"
        cls.crls.mkdir()
        host.listener = {"crl_directory": "crls"}

    def test_tls_1_3_only(self):
        self.assertIn("New, TLSv1.3", s_client(self.host))
        for version in ("-tls1_2", "-tls1_1", "-tls1"):
            with self.subTest(version=version):
                output = s_client(self.host, version)
                self.assertNotIn("New, TLS", output)
                self.assertIn("New, (NONE)", output)
        self.assertEqual(sign(self.host), (0, ""))

    def test_revoked_certificates_get_no_connection(self):
        lost = []
        for name in ("first", "second"):
            key = pki.generate_key(self.host.folder / f"{name}.key", "p256")
            self.host.transport.issue(key, [f"URI:{self.host.IDENTITY}"], usage="clientAuth")
            lost.append(key)
        for number, key in enumerate(lost):
            self.assertEqual(sign(self.host, key), (0, ""))
            self.host.transport.revoke(key.with_suffix(".crt"), self.crls, number)
            self.assertEqual(sign(self.host, key)[0], 5)
        # The others stay.
        self.assertEqual(sign(self.host), (0, ""))


class Frozen(fixture.SignerTest):

    @classmethod
    def set_up_host(cls, host):
        host.add_key("www.example.test", "p256")

    def keyhold(self, *arguments):
        return subprocess.run(
            [processes.BIN / "cli/keyhold", *arguments, "--config", self.host.folder / "signer.yaml"],
            text=True, stdout=subprocess.PIPE, check=True).stdout

    def test_what_is_frozen_is_refused_also_after_a_restart(self):
        self.assertEqual(sign(self.host), (0, ""))
        for kind, name in (("key", "www.example.test"), ("identity", self.host.IDENTITY)):
            with self.subTest(kind=kind):
                self.keyhold("freeze", kind, name)
                self.host.wait_for_event("frozen")
                code, message = sign(self.host)
                self.assertEqual(code, 3, message)
                self.assertIn(f"{name} is frozen on this signer", message)
                self.host.stop()
                self.host.start()
                self.assertEqual(sign(self.host)[0], 3)
                self.keyhold("unfreeze", kind, name)
                self.host.wait_for_event("frozen")
                self.assertEqual(sign(self.host), (0, ""))
