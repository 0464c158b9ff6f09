"""What each kind of case in cases.json does with a conformance program."""

import hashlib
import secrets

from tests.clients import site, tls_peer, verifier
from tests.e2e import peers
from tests.vectors import generate

TIMEOUT_MS = 5000
LONG_MS = 20000


class Unsupported(Exception):
    """The program answered that its language cannot do it."""

    def __init__(self, word, message):
        super().__init__(message)
        self.word = word


class Failed(Exception):
    """What was expected, and what came instead."""


class Run:
    """One program, the site, and the two signers."""

    def __init__(self, program, site, signers):
        self.program = program
        self.site = site
        self.first, self.second = signers

    def run(self, case, key_type):
        getattr(self, "_" + case["kind"])(case, key_type)

    # Commands.

    def _answered(self, answer, refused=None):
        """The answer if it is what was expected."""
        if "unsupported" in answer:
            raise Unsupported(answer["unsupported"], answer.get("message", ""))
        if refused is None:
            if not answer.get("ok"):
                raise Failed(f"expected success: {answer}")
        elif answer.get("ok") or [answer.get("status"), answer.get("reason")] != refused:
            raise Failed(f"expected {refused}: {answer}")
        return answer

    def _where(self, case, endpoints=None, timeout_ms=TIMEOUT_MS):
        return {"identity": case.get("identity", "app"), "endpoints": endpoints or [self.first.endpoint],
                "timeout_ms": timeout_ms}

    def _signing(self, case, key_type):
        """A sign command, the certificate of its key, and what is signed."""
        form, role = case["form"], case["role"]
        certificate = self.site.certificate(case.get("key_role", role), key_type)
        schemes = generate.TLS12 if form.startswith("tls12") else generate.TLS13
        scheme = case.get("scheme", generate.SCHEMES[next(iter(schemes[key_type]))])
        fields, content = self._input(case, key_type, certificate)
        command = {"spki_sha256": verifier.spki_sha256(certificate), "scheme": scheme,
                   "input": {"form": form, **fields}}
        if case.get("spki_sha256") == "unknown":
            command["spki_sha256"] = hashlib.sha256(b"no key").hexdigest()
        if "offered" in case:
            del command["scheme"]
            command["offered_schemes"] = case["offered"]
        if "server_name" in case:
            command["server_name"] = case["server_name"]
        return command, certificate, content

    def _input(self, case, key_type, certificate):
        form, role = case["form"], case["role"]
        if form == "tls13_certificate_verify":
            transcript = bytes.fromhex(case.get("transcript_hash", secrets.token_hex(32)))
            return ({"role": role, "transcript_hash": transcript.hex()},
                    generate.certificate_verify(role, transcript))
        if form == "tls12_server_key_exchange":
            fields = {"client_random": secrets.token_hex(32), "server_random": secrets.token_hex(32), "curve": 29,
                      "public_point": secrets.token_hex(32)}
            return fields, generate.key_exchange(fields)
        if form == "tls12_certificate_verify":
            der = peers.ssl.PEM_cert_to_DER_cert(certificate.read_text())
            messages = generate.client_transcript(der)
            return {"handshake_messages": messages.hex()}, messages
        if form == "csr":
            return {"common_name": "www.example.test", "dns_names": ["www.example.test"]}, None
        content = secrets.token_bytes(40)
        if form == "digest":
            return {"hash": "sha256", "value": hashlib.sha256(content).hexdigest()}, content
        return {"message": content.hex()}, content

    def _check_signature(self, answer, certificate, content):
        signature = bytes.fromhex(answer["signature"])
        if not verifier.verifies(self.site.folder, certificate, answer["scheme"], content, signature):
            raise Failed(f"the signature does not verify: {answer}")

    def _sign_once(self, endpoints, timeout_ms=TIMEOUT_MS, refused=None, identity="app", between=None):
        """Signs with the P-256 key; `between` runs while the program waits."""
        case = {"form": "tls13_certificate_verify", "role": "server", "identity": identity}
        command, certificate, content = self._signing(case, "p256")
        self.program.send("sign", **self._where(case, endpoints, timeout_ms), **command)
        if between:
            between()
        answer = self._answered(self.program.answer(), refused)
        if refused is None:
            self._check_signature(answer, certificate, content)
        return answer

    # Kinds.

    def _list_keys(self, case, _):
        answer = self._answered(self.program.ask("list_keys", **self._where(case)))
        expected = {f"{role}-{key_type}" for role in ("server", "client") for key_type in generate.KEYS}
        found = {key["id"] for key in answer["keys"]}
        if found != expected:
            raise Failed(f"expected keys {sorted(expected)}: {sorted(found)}")
        for key in answer["keys"]:
            certificate = self.site.certificates / f"{key['id']}.crt"
            if key["spki_sha256"] != verifier.spki_sha256(certificate):
                raise Failed(f"another spki_sha256 than the certificate's: {key}")
            if key["type"] != generate.KEYS[key["id"].split("-")[1]][0]:
                raise Failed(f"another type of key: {key}")

    def _sign(self, case, key_type):
        command, certificate, content = self._signing(case, key_type)
        answer = self._answered(self.program.ask("sign", **self._where(case), **command), case.get("refused"))
        if "refused" in case:
            return
        self._check_signature(answer, certificate, content)
        allowed = case.get("offered", [command.get("scheme")])
        if answer["scheme"] not in allowed:
            raise Failed(f"another scheme than asked for: {answer}")

    def _csr(self, case, key_type):
        certificate = self.site.certificate("server", key_type)
        fields, _ = self._input({**case, "form": "csr", "role": "server"}, key_type, certificate)
        answer = self._answered(self.program.ask(
            "sign", **self._where(case), spki_sha256=verifier.spki_sha256(certificate),
            scheme=generate.SCHEMES[next(iter(generate.TLS13[key_type]))], input={"form": "csr", **fields}))
        request = verifier.read_csr(bytes.fromhex(answer["signed_object"]))
        if "DNS:www.example.test" not in request or "CN = www.example.test" not in request:
            raise Failed(f"another request than asked for:\n{request}")

    def _choose(self, case, key_type):
        certificate = self.site.certificate(case["role"], key_type)
        answer = self._answered(self.program.ask(
            "choose", **self._where(case), spki_sha256=verifier.spki_sha256(certificate), role=case["role"],
            tls_version=case["tls_version"], offered=case["offered"]), case.get("refused"))
        if "refused" not in case:
            # The signer's order counts, not the peer's.
            expected = generate.SCHEMES[next(iter(generate.TLS13[key_type]))]
            if answer["scheme"] != expected:
                raise Failed(f"expected scheme {expected}: {answer}")

    def _serving(self, case, key_type, **more):
        certificate = self.site.certificate("server", key_type)
        return self._answered(self.program.ask(
            "tls_server", **self._where(case), certificate=str(certificate),
            versions=[case.get("version", "1.3")], **more))["port"]

    def _tls_server(self, case, key_type):
        port = self._serving(case, key_type)
        seen = peers.http_get(port, f"{key_type}.example.test", "-tls" + case["version"].replace(".", "_"),
                              "-verify_hostname", f"{key_type}.example.test", ca=self.site.sites.certificate)
        stopped = self._answered(self.program.ask("stop", port=port))
        schemes = generate.TLS13 if case["version"] == "1.3" else generate.TLS12
        if "hello from" not in seen.output or not seen.verified or seen.scheme not in schemes[key_type]:
            raise Failed(f"no good answer over TLS {case['version']}, scheme {seen.scheme}, refusals "
                         f"{stopped.get('errors')}:\n{seen.output[-1500:]}")

    def _tls_server_refused(self, case, key_type):
        # Setting up may fail already: that says why, too.
        certificate = self.site.certificate("server", key_type)
        answer = self.program.ask("tls_server", **self._where(case), certificate=str(certificate), versions=["1.3"])
        if "port" not in answer:
            self._answered(answer, ["NOT_FOUND", "KEY_NOT_FOUND"])
            return
        seen = peers.http_get(answer["port"], f"{key_type}.example.test")
        stopped = self._answered(self.program.ask("stop", port=answer["port"]))
        if "hello from" in seen.output:
            raise Failed(f"expected a failed handshake:\n{seen.output[-1500:]}")
        if stopped["errors"] is None and seen.alert:
            raise Unsupported("no-reason-in-tls", "the peer got its alert; the TLS stack keeps the reason to itself")
        if not any(error.get("reason") == "KEY_NOT_FOUND" for error in stopped["errors"] or []):
            raise Failed(f"the application was not told KEY_NOT_FOUND: {stopped}")
        if not seen.alert and stopped.get("alert") is False:
            raise Unsupported("no-alert", "the handshake failed, and the application was told why")
        if not seen.alert:
            raise Failed(f"expected an alert:\n{seen.output[-1500:]}")

    def _connected(self, case, key_type, port):
        certificate = self.site.certificate("client", key_type)
        return self.program.ask(
            "tls_client", **self._where(case), port=port, server_name="p256.example.test",
            ca=str(self.site.sites.certificate), versions=[case["version"]], certificate=str(certificate))

    def _tls_client(self, case, key_type):
        server = tls_peer.VerifyingServer(self.site.certificate("server", "p256"),
                                          self.site.keys / "server-p256.key", self.site.sites.certificate,
                                          case["version"])
        try:
            answer = self._answered(self._connected(case, key_type, server.port))
        except Failed as error:
            raise Failed(f"{error}; the server: {server.error}") from error
        finally:
            server.close()
        if f"hello {key_type}.example.test" not in answer["received"]:
            raise Failed(f"the server did not see the client's certificate: {answer}, {server.error}")

    def _tls_mutual(self, case, key_type):
        """The program at both ends, each with a remote key."""
        port = self._serving(case, key_type, client_ca=str(self.site.sites.certificate))
        certificate, key = self.site.certificate("client", "p256"), self.site.keys / "client-p256.key"
        with_one = peers.http_get(port, f"{key_type}.example.test", "-tls1_3", "-cert", certificate, "-key", key,
                                  ca=self.site.sites.certificate)
        without = peers.http_get(port, f"{key_type}.example.test", "-tls1_3", ca=self.site.sites.certificate)
        self._answered(self.program.ask("stop", port=port))
        if "hello from" not in with_one.output:
            raise Failed(f"a good client certificate was refused:\n{with_one.output[-1500:]}")
        if "hello from" in without.output:
            raise Failed("a client without a certificate was served")

    def _silent_signer(self, case, _):
        silent = tls_peer.SilentListener()
        try:
            self._sign_once([silent.endpoint], timeout_ms=300, refused=case["refused"])
        finally:
            silent.close()

    def _nobody_listens(self, case, _):
        self._sign_once([f"localhost:{tls_peer.closed_port()}"], timeout_ms=300, refused=case["refused"])

    def _foreign_identity(self, case, _):
        self._sign_once([self.first.endpoint], timeout_ms=300, refused=case["refused"], identity="foreign")

    def _foreign_signer(self, case, _):
        self._sign_once([self.first.endpoint], timeout_ms=1000, refused=case["refused"], identity="distrustful")

    def _misnamed_signer(self, case, _):
        misnamed = site.Signer(self.site, "misnamed", certificate="misnamed.crt").start()
        try:
            self._sign_once([misnamed.endpoint], timeout_ms=1000, refused=case["refused"])
        finally:
            misnamed.stop()

    def _signer_restart(self, case, _):
        self._sign_once([self.first.endpoint])
        self.first.kill()
        self.first.start()
        self._sign_once([self.first.endpoint])

    def _signer_back_in_time(self, case, _):
        self._sign_once([self.first.endpoint])
        self.first.kill()
        self._sign_once([self.first.endpoint], timeout_ms=LONG_MS, between=self.first.start)

    def _failover(self, case, _):
        both = [self.first.endpoint, self.second.endpoint]
        for lost in (self.first, self.second):
            self._sign_once(both)
            lost.kill()
            try:
                self._sign_once(both)
            finally:
                lost.start()

    def _failover_from_silence(self, case, _):
        silent = tls_peer.SilentListener()
        try:
            self._sign_once([silent.endpoint, self.first.endpoint], timeout_ms=4000)
        finally:
            silent.close()

    def _transport_renewed(self, case, _):
        self._sign_once([self.first.endpoint])
        self.site.renew_transport()
        # The new signer trusts only the new authority.
        self.first.kill()
        self.first.start()
        self._sign_once([self.first.endpoint], timeout_ms=LONG_MS)
        self.second.kill()
        self.second.start()
