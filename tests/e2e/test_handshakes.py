"""Full handshakes of every type of key, as OpenSSL, curl and Python see them."""

import ssl

from tests.e2e import fixture, peers

# What each type of key signs with when the peer offers everything.
TLS13 = {
    "rsa2048": "rsa_pss_rsae_sha256", "rsapss": "rsa_pss_pss_sha256",
    "p256": "ecdsa_secp256r1_sha256", "p384": "ecdsa_secp384r1_sha384",
    "p521": "ecdsa_secp521r1_sha512", "ed25519": "ed25519", "ed448": "ed448",
}
TLS12 = TLS13


class EveryKeyType(fixture.SignerTest):

    @classmethod
    def set_up_host(cls, host):
        cls.certificates = {t: host.add_key(f"{t}.example.test", t) for t in TLS13}

    def setUp(self):
        self.port = self.server(*self.certificates.values()).port
        self.ca = self.host.sites.certificate

    def test_openssl_sees_the_chosen_scheme(self):
        for version, table in (("1_3", TLS13), ("1_2", TLS12)):
            for key_type, scheme in table.items():
                with self.subTest(version=version, key_type=key_type):
                    name = f"{key_type}.example.test"
                    seen = peers.http_get(self.port, name, f"-tls{version}", ca=self.ca)
                    self.assertEqual(seen.protocol, "TLSv" + version.replace("_", "."), seen.output)
                    self.assertTrue(seen.verified, seen.output)
                    self.assertIn(name, seen.subject)
                    self.assertEqual(seen.scheme, scheme)
                    self.assertIn("HTTP/1.1 200", seen.output)

    def test_peer_that_offers_one_scheme_gets_it(self):
        cases = [
            ("rsa2048", "1_2", "RSA+SHA256", "rsa_pkcs1_sha256"),
            ("rsa2048", "1_2", "RSA+SHA384", "rsa_pkcs1_sha384"),
            ("rsa2048", "1_2", "RSA+SHA512", "rsa_pkcs1_sha512"),
            ("rsa2048", "1_2", "rsa_pss_rsae_sha512", "rsa_pss_rsae_sha512"),
            ("rsa2048", "1_3", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha384"),
            ("rsapss", "1_3", "rsa_pss_pss_sha512", "rsa_pss_pss_sha512"),
            # In TLS 1.2 an ECDSA scheme fixes the hash, not the curve.
            ("p384", "1_2", "ECDSA+SHA256", "ecdsa_secp256r1_sha256"),
            ("p256", "1_2", "ECDSA+SHA512", "ecdsa_secp521r1_sha512"),
            ("p384", "1_3", "ECDSA+SHA384", "ecdsa_secp384r1_sha384"),
        ]
        for key_type, version, offered, expected in cases:
            with self.subTest(key_type=key_type, version=version, offered=offered):
                # The CA's own signature is ECDSA with SHA-256: not offered by
                # all of these, so the chain is not what is tested here.
                seen = peers.http_get(self.port, f"{key_type}.example.test", f"-tls{version}",
                                      "-sigalgs", offered)
                self.assertEqual(seen.scheme, expected, seen.output)
                self.assertIn("HTTP/1.1 200", seen.output)

    def test_nothing_in_common_is_handshake_failure(self):
        for key_type, version, offered in (("rsa2048", "1_3", "ECDSA+SHA256"),
                                           ("p256", "1_3", "rsa_pss_rsae_sha256"),
                                           ("p384", "1_3", "ECDSA+SHA256"),
                                           ("rsa2048", "1_3", "RSA+SHA256"),
                                           ("rsa2048", "1_2", "RSA+SHA1"),
                                           ("p256", "1_2", "ECDSA+SHA1")):
            with self.subTest(key_type=key_type, version=version, offered=offered):
                seen = peers.s_client(self.port, f"-tls{version}", "-sigalgs", offered,
                                      "-cipher", "DEFAULT@SECLEVEL=0", name=f"{key_type}.example.test")
                self.assertEqual(seen.alert, "handshake_failure", seen.output)

    def test_curl(self):
        for version in ("1.2", "1.3"):
            for key_type in ("rsa2048", "p256", "ed25519"):
                with self.subTest(version=version, key_type=key_type):
                    code, body, log = peers.curl(self.port, f"{key_type}.example.test",
                                                 "--tlsv" + version, "--tls-max", version, ca=self.ca)
                    self.assertEqual(code, 0, log)
                    self.assertIn(f"protocol: TLSv{version}", body)

    def test_python(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for key_type in TLS13:
                with self.subTest(version=version, key_type=key_type):
                    body, _, _ = peers.python_get(self.port, f"{key_type}.example.test",
                                                  peers.python_context(self.ca, version))
                    self.assertIn("200 OK", body)

    def test_alpn(self):
        seen = peers.http_get(self.port, "p256.example.test", "-alpn", "h2,http/1.1", ca=self.ca)
        self.assertEqual(seen.alpn, "http/1.1", seen.output)

    def test_hello_retry_request_keeps_the_scheme(self):
        # A share for a group that the server does not take, and one that it does.
        seen = peers.http_get(self.port, "rsa2048.example.test", "-tls1_3", "-groups", "X448:P-384",
                              "-sigalgs", "rsa_pss_rsae_sha384", ca=None)
        self.assertEqual(len(seen.messages("ServerHello")), 2, seen.output)
        self.assertEqual(seen.scheme, "rsa_pss_rsae_sha384")
        self.assertIn("HTTP/1.1 200", seen.output)


class EveryKeyTypeInOneThread(EveryKeyType):
    """Handshakes that do not wait for the signer."""

    program = "epoll_https_server"


class Names(fixture.SignerTest):

    @classmethod
    def set_up_host(cls, host):
        cls.default = host.add_key("default.example.test", "p256")
        cls.wildcard = host.add_key("wild", "p256", names=["DNS:*.wild.example.test"])
        both = ["DNS:both.example.test"]
        cls.rsa = host.add_key("both@rsa", "rsa2048", names=both)
        cls.ecdsa = host.add_key("both@ecdsa", "p256", names=both)

    def test_exact_wildcard_and_default(self):
        port = self.server(self.default, self.wildcard, self.ecdsa).port
        for name, subject in (("both.example.test", "both.example.test"),
                              ("BOTH.example.test", "both.example.test"),
                              ("www.wild.example.test", "*.wild.example.test"),
                              ("a.b.wild.example.test", "default.example.test"),
                              ("unknown.example.test", "default.example.test"),
                              (None, "default.example.test")):
            with self.subTest(name=name):
                flags = [] if name else ["-noservername"]
                seen = peers.s_client(port, *flags, name=name)
                self.assertIn(subject, seen.subject or seen.output)

    def test_unknown_name_without_a_default(self):
        port = self.server(self.wildcard, flags=["--no-default"]).port
        seen = peers.s_client(port, name="unknown.example.test")
        self.assertEqual(seen.alert, "unrecognized_name", seen.output)

    def test_rsa_and_ecdsa_under_one_name(self):
        port = self.server(self.ecdsa, self.rsa).port
        for version in ("-tls1_2", "-tls1_3"):
            for offered, scheme in (("rsa_pss_rsae_sha256", "rsa_pss_rsae_sha256"),
                                    ("ECDSA+SHA256", "ecdsa_secp256r1_sha256"),
                                    ("rsa_pss_rsae_sha256:ECDSA+SHA256", "ecdsa_secp256r1_sha256")):
                with self.subTest(version=version, offered=offered):
                    seen = peers.http_get(port, "both.example.test", version, "-sigalgs", offered)
                    self.assertEqual(seen.scheme, scheme, seen.output)

    def test_peer_with_rsa_cipher_suites_only(self):
        port = self.server(self.ecdsa, self.rsa).port
        seen = peers.http_get(port, "both.example.test", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")
        self.assertEqual(seen.scheme, "rsa_pss_rsae_sha256", seen.output)
        self.assertIn("HTTP/1.1 200", seen.output)
