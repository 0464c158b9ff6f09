"""Client authentication, both ways."""

import subprocess

from tests.e2e import fixture, peers, pki, processes


class LocalClientRemoteServer(fixture.SignerTest):
    """A stranger's client certificate against a server with remote keys."""

    @classmethod
    def set_up_host(cls, host):
        cls.site = host.add_key("www.example.test", "p256")
        cls.people = pki.Authority(host.folder / "people", "people-ca")
        for key_type in ("rsa2048", "p384", "ed25519"):
            cls.people.issue(pki.generate_key(host.folder / f"{key_type}.key", key_type),
                             [f"DNS:{key_type}.people.test"], usage="clientAuth")

    def setUp(self):
        self.port = self.server(self.site, flags=["--client-ca", self.people.certificate]).port
        self.ca = self.host.sites.certificate

    def test_accepted(self):
        for version in ("-tls1_2", "-tls1_3"):
            for key_type in ("rsa2048", "p384", "ed25519"):
                with self.subTest(version=version, key_type=key_type):
                    key = self.host.folder / f"{key_type}.key"
                    seen = peers.http_get(self.port, "www.example.test", version, "-key", key,
                                          "-cert", key.with_suffix(".crt"), ca=self.ca)
                    self.assertIn("HTTP/1.1 200", seen.output)
                    self.assertIn(f"{key_type}.people.test", seen.output.split("HTTP/1.1 200")[1])
                    # The pin on the server's scheme does not narrow the client's.
                    self.assertEqual(seen.scheme, "ecdsa_secp256r1_sha256")

    def test_refused_without_or_of_another_authority(self):
        other = pki.Authority(self.host.folder / "other", "other-ca")
        key = pki.generate_key(self.host.folder / "other.key", "p256")
        other.issue(key, ["DNS:mallory.test"], usage="clientAuth")
        for flags, alert in (([], "certificate_required"),
                             (["-key", key, "-cert", key.with_suffix(".crt")], "unknown_ca")):
            with self.subTest(alert=alert):
                seen = peers.http_get(self.port, "www.example.test", "-tls1_3", *flags, ca=self.ca)
                self.assertNotIn("HTTP/1.1 200", seen.output)
                self.assertEqual(seen.alert, alert, seen.output)


class RemoteClient(fixture.SignerTest):
    """A client certificate whose key is remote, against openssl s_server."""

    TYPES = ("rsa2048", "rsapss", "p256", "p384", "p521", "ed25519", "ed448")

    @classmethod
    def set_up_host(cls, host):
        cls.certificates = {
            t: host.add_key(f"client-{t}", t, names=[f"DNS:{t}.client.test"], usage="clientAuth")
            for t in cls.TYPES}
        cls.site = pki.generate_key(host.folder / "s_server.key", "p256")
        host.sites.issue(cls.site, ["DNS:www.example.test"])

    def fetch(self, version, certificate, *server_flags):
        server = processes.Process(
            ["openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-Verify", "3",
             "-verify_return_error", "-CAfile", self.host.sites.certificate,
             "-key", self.site, "-cert", self.site.with_suffix(".crt"), *server_flags])
        self.addCleanup(server.stop)
        port = int(server.wait_for_line(lambda line: line.startswith("ACCEPT")).rsplit(":", 1)[1])
        done = subprocess.run(
            [processes.BIN / "deploy/examples/https_client", "--tls", version,
             "--ca", self.host.sites.certificate, "--connect", f"127.0.0.1:{port}",
             "--certificate", certificate, *self.host.signer_flags(), "https://www.example.test/"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=peers.SECONDS)
        return done.returncode, done.stdout

    def test_every_key_type(self):
        for version in ("1.2", "1.3"):
            for key_type in self.TYPES:
                with self.subTest(version=version, key_type=key_type):
                    _, output = self.fetch(version, self.certificates[key_type])
                    self.assertIn(f"{key_type}.client.test", output)
                    self.assertIn(f"TLSv{version}", output)

    def test_server_that_takes_one_scheme(self):
        for version, offered, expected in (("1.3", "rsa_pss_rsae_sha512", "rsa_pss_rsae_sha512"),
                                           ("1.2", "RSA+SHA384", "rsa_pkcs1_sha384")):
            with self.subTest(version=version):
                _, output = self.fetch(version, self.certificates["rsa2048"],
                                       "-client_sigalgs", offered)
                self.assertIn(f"scheme: {expected}", output)
                self.assertIn("rsa2048.client.test", output)
