"""Makes vectors.json anew.

    python3 -m tests.vectors.generate        in the project's root

Keys live in a temporary folder while this runs; what is kept of them is the
public half and a certificate. Everything is random, so each run gives another
file: run it only to add cases. README.md says what the fields mean.
"""

import hashlib
import json
import pathlib
import secrets
import subprocess
import tempfile

from tests.e2e import pki
from tests.vectors import wire

FILE = pathlib.Path(__file__).with_name("vectors.json")

# Name of a key: its KeyType, its size in bits.
KEYS = {
    "rsa2048": ("RSA", 2048), "rsapss": ("RSA_PSS", 2048), "p256": ("ECDSA_P256", 256),
    "p384": ("ECDSA_P384", 384), "p521": ("ECDSA_P521", 521), "ed25519": ("ED25519", 255),
    "ed448": ("ED448", 448),
}
RSA_PKCS1 = {"rsa_pkcs1_sha256": 0x0401, "rsa_pkcs1_sha384": 0x0501, "rsa_pkcs1_sha512": 0x0601}
RSAE = {"rsa_pss_rsae_sha256": 0x0804, "rsa_pss_rsae_sha384": 0x0805, "rsa_pss_rsae_sha512": 0x0806}
PSS = {"rsa_pss_pss_sha256": 0x0809, "rsa_pss_pss_sha384": 0x080A, "rsa_pss_pss_sha512": 0x080B}
ECDSA = {"ecdsa_secp256r1_sha256": 0x0403, "ecdsa_secp384r1_sha384": 0x0503, "ecdsa_secp521r1_sha512": 0x0603}
SCHEMES = {**RSA_PKCS1, **RSAE, **PSS, **ECDSA, "ed25519": 0x0807, "ed448": 0x0808}
TLS13 = {
    "rsa2048": RSAE, "rsapss": PSS, "p256": ["ecdsa_secp256r1_sha256"], "p384": ["ecdsa_secp384r1_sha384"],
    "p521": ["ecdsa_secp521r1_sha512"], "ed25519": ["ed25519"], "ed448": ["ed448"],
}
# In TLS 1.2 a scheme fixes only the hash (RFC 8446 §4.2.3).
TLS12 = {**TLS13, "rsa2048": {**RSA_PKCS1, **RSAE}, "p256": ECDSA, "p384": ECDSA, "p521": ECDSA}
DIGEST = {key: TLS12[key] if key == "rsa2048" else TLS13[key] for key in TLS13 if not key.startswith("ed")}
CURVES = {23: "p256", 24: "p384", 25: "p521", 29: "x25519", 30: "x448"}
POINT_BYTES = {23: 65, 24: 97, 25: 133, 29: 32, 30: 56}


def hash_of(scheme):
    return "sha" + scheme[-3:] if not scheme.startswith("ed") else None


def run(*command, text=None):
    return subprocess.run(list(map(str, command)), input=text, stdout=subprocess.PIPE, check=True).stdout


class Keys:
    """Private keys, in a folder that goes away."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.spki, self.certificate = {}, {}
        for name in KEYS:
            path = pki.generate_key(self.path(name), name)
            self.spki[name] = run("openssl", "pkey", "-in", path, "-pubout", "-outform", "DER")
            self.certificate[name] = run("openssl", "req", "-x509", "-new", "-key", path, "-days", "36500",
                                         "-subj", f"/CN={name}.example.test", "-outform", "DER")

    def path(self, name):
        return self.folder / f"{name}.key"

    def sign(self, name, scheme, content):
        file = self.folder / "content"
        file.write_bytes(content)
        options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        if scheme.startswith("ed"):
            return run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.path(name), "-in", file)
        return run("openssl", "dgst", "-" + hash_of(scheme), "-sign", self.path(name),
                   *(options if "pss" in scheme else []), file)

    def point(self, curve):
        """An ephemeral public key, as TLS carries it."""
        name = CURVES[curve]
        path = self.folder / "ephemeral.key"
        if name in pki.KEY_TYPES:
            pki.generate_key(path, name)
        else:
            run("openssl", "genpkey", "-algorithm", name.upper(), "-out", path)
        return run("openssl", "pkey", "-in", path, "-pubout", "-outform", "DER")[-POINT_BYTES[curve]:]


def vector(width, value):
    return len(value).to_bytes(width, "big") + value


def handshake(*messages):
    return b"".join(bytes([kind]) + vector(3, body) for kind, body in messages)


def client_transcript(certificate):
    """ClientHello to ClientKeyExchange of a TLS 1.2 handshake, as small as
    it may be."""
    extensions = vector(2, bytes.fromhex("00170000"))
    hello = b"\x03\x03" + secrets.token_bytes(32) + vector(1, secrets.token_bytes(32))
    return handshake(
        (1, hello + vector(2, bytes.fromhex("c02bc02f")) + vector(1, b"\0") + extensions),
        (2, hello + bytes.fromhex("c02b") + b"\0" + extensions),
        (11, vector(3, vector(3, b"the server's; nobody reads it"))),
        (12, b"\x03\x00\x1d" + vector(1, secrets.token_bytes(32)) + b"\x08\x04" + vector(2, secrets.token_bytes(256))),
        (13, vector(1, b"\x40\x01") + vector(2, bytes.fromhex("04030804")) + vector(2, b"")),
        (14, b""),
        (11, vector(3, vector(3, certificate))),
        (16, vector(1, secrets.token_bytes(32))))


def certificate_verify(role, transcript_hash):
    return b" " * 64 + f"TLS 1.3, {role} CertificateVerify\0".encode() + transcript_hash


def key_exchange(value):
    return (bytes.fromhex(value["client_random"]) + bytes.fromhex(value["server_random"]) + b"\x03"
            + value["curve"].to_bytes(2, "big") + vector(1, bytes.fromhex(value["public_point"])))


class Vectors:
    """The lists that become the file."""

    def __init__(self, keys):
        self.keys = keys
        self.sign = []
        self.turn = 0

    def spki_sha256(self, key):
        return hashlib.sha256(self.keys.spki[key]).hexdigest()

    def add(self, key, scheme, form, value, content, name=None, **fields):
        """One request; `content` is what its signature is over."""
        request = {"spki_sha256": self.spki_sha256(key), "scheme": SCHEMES[scheme], **fields, form: value}
        entry = {"name": name or f"{key}/{form}/{scheme}", "key": key, "form": form, "request": request,
                 "request_bytes": wire.sign_request(request).hex()}
        if content is not None:
            entry |= {"to_be_signed": content.hex(), "scheme": SCHEMES[scheme],
                      "signature": self.keys.sign(key, scheme, content).hex(), "verifies": True}
        self.sign.append(entry)
        return entry

    def add_bad(self, good, name, why, **changed):
        self.sign.append({**good, **changed, "name": name, "verifies": False, "why": why})

    def next(self, options):
        self.turn += 1
        return options[self.turn % len(options)]

    def add_tls13(self):
        for key, schemes in TLS13.items():
            for scheme in schemes:
                for role in ("server", "client"):
                    transcript = secrets.token_bytes(self.next([32, 48]))
                    self.add(key, scheme, "tls13_certificate_verify",
                             {"role": role, "transcript_hash": transcript.hex()},
                             certificate_verify(role, transcript),
                             name=f"{key}/tls13_certificate_verify/{role}/{scheme}")

    def add_tls12(self):
        curves = sorted(CURVES)
        for key, schemes in TLS12.items():
            for scheme in schemes:
                curve = self.next(curves)
                value = {"client_random": secrets.token_hex(32), "server_random": secrets.token_hex(32),
                         "curve": curve, "public_point": self.keys.point(curve).hex()}
                self.add(key, scheme, "tls12_server_key_exchange", value, key_exchange(value))
                messages = client_transcript(self.keys.certificate[key])
                self.add(key, scheme, "tls12_certificate_verify", {"handshake_messages": messages.hex()}, messages)

    def add_digests_and_messages(self):
        for key, schemes in DIGEST.items():
            for scheme in schemes:
                content = secrets.token_bytes(40)
                digest = hashlib.new(hash_of(scheme), content).hexdigest()
                self.add(key, scheme, "digest", {"hash": hash_of(scheme), "value": digest}, content)
        for key, schemes in TLS13.items():
            scheme = next(iter(schemes))
            content = secrets.token_bytes(50)
            self.add(key, scheme, "message", content.hex(), content)

    def add_service_built(self):
        """Forms whose content the service makes: their requests only."""
        self.add("p256", "ecdsa_secp256r1_sha256", "csr",
                 {"common_name": "www.example.test", "dns_names": ["www.example.test", "example.test"]}, None)
        self.add("ed25519", "ed25519", "self_signed_certificate", {"dns_names": ["a.example.test"], "valid_days": 7},
                 None)
        self.add("p256", "ecdsa_secp256r1_sha256", "delegated_credential",
                 {"role": "server", "valid_time": 3600, "dc_cert_verify_algorithm": 0x0807,
                  "spki": self.keys.spki["ed25519"].hex()}, None)

    def add_fields(self):
        """Each optional field, and numbers of more than one byte."""
        transcript = secrets.token_bytes(32)
        value = {"role": "server", "transcript_hash": transcript.hex()}
        content = certificate_verify("server", transcript)
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        self.add("p256", "ecdsa_secp256r1_sha256", "tls13_certificate_verify", value, content,
                 name="p256/every field", id=300, request_id=secrets.token_hex(16), time_left_us=1_500_000,
                 traceparent=trace, server_name="www.example.test")
        self.add("p256", "ecdsa_secp256r1_sha256", "tls13_certificate_verify", value, content,
                 name="p256/no time left", time_left_us=0)
        entry = self.add("p256", "ecdsa_secp256r1_sha256", "tls13_certificate_verify", value, content,
                         name="p256/offered", offered_schemes=[0x0A0A, 0x0804, 0x0403, 0x0807])
        del entry["request"]["scheme"]
        entry["request_bytes"] = wire.sign_request(entry["request"]).hex()

    def add_signatures_that_do_not_verify(self):
        good = {entry["name"]: entry for entry in self.sign}
        for name, entry in good.items():
            if "/tls13_certificate_verify/server/" not in name:
                continue
            flipped = bytearray.fromhex(entry["signature"])
            flipped[len(flipped) // 2] ^= 1
            self.add_bad(entry, name + "/flipped", "one bit of the signature is flipped", signature=flipped.hex())
        p256 = good["p256/tls13_certificate_verify/server/ecdsa_secp256r1_sha256"]
        other = good["p256/tls13_certificate_verify/client/ecdsa_secp256r1_sha256"]
        self.add_bad(p256, "p256/other content", "the signature is the client form's", signature=other["signature"])
        self.add_bad(p256, "p256/no signature", "the signature is empty", signature="")
        self.add_bad(p256, "p256/tail", "a byte follows the signature", signature=p256["signature"] + "00")
        rsa = good["rsa2048/tls13_certificate_verify/server/rsa_pss_rsae_sha256"]
        pkcs1 = self.keys.sign("rsa2048", "rsa_pkcs1_sha256", bytes.fromhex(rsa["to_be_signed"]))
        self.add_bad(rsa, "rsa2048/other padding", "PKCS#1 where PSS was asked for", signature=pkcs1.hex())

    def choose(self):
        entries = []
        for key, role, version, name, offered in (
                ("p256", "server", "1.3", "", [0x0403, 0x0804]),
                ("rsa2048", "client", "1.2", "", [0x0401]),
                ("ed25519", "server", "1.2", "www.example.test", [0x1A1A, 0xFE00, 0x0807, 0x0403])):
            request = {"spki_sha256": self.spki_sha256(key), "role": role, "tls_version": version, "offered": offered}
            if name:
                request["server_name"] = name
            entries.append({"name": f"{key}/{role}/{version}", "request": request,
                            "request_bytes": wire.choose_scheme_request(request).hex()})
        return entries

    def not_structured(self):
        """What only looks like a structured form."""
        by_form = {}
        for entry in self.sign:
            if "to_be_signed" in entry:
                by_form.setdefault(entry["form"], bytes.fromhex(entry["to_be_signed"]))
        verify = certificate_verify("server", b"h" * 32)
        exchange, messages = by_form["tls12_server_key_exchange"], by_form["tls12_certificate_verify"]
        contents = {
            "empty": b"",
            "text": b"something else",
            "tls13/63 spaces": verify[1:],
            "tls13/65 spaces": b" " + verify,
            "tls13/another context": verify.replace(b"CertificateVerify", b"Certificateverify"),
            "tls13/no zero byte": verify.replace(b"Verify\0", b"Verify\1"),
            "tls13/a hash of 31 bytes": verify[:-1],
            "tls13/a hash of 64 bytes": verify + b"h" * 32,
            "tls12 server/explicit curve": exchange[:64] + b"\x01" + exchange[65:],
            "tls12 server/unlisted curve": exchange[:65] + b"\x00\x16" + exchange[67:],
            "tls12 server/a byte less": exchange[:-1],
            "tls12 server/a byte more": exchange + b"\0",
            "tls12 client/a byte less": messages[:-1],
            "tls12 client/a byte more": messages + b"\0",
            "tls12 client/begins elsewhere": messages[4 + int.from_bytes(messages[1:4], "big"):],
        }
        return [{"name": name, "bytes": value.hex()} for name, value in contents.items()]


def errors():
    entries = []
    version = secrets.token_hex(16)
    for code, code_name, reason in (
            (7, "PERMISSION_DENIED", "USAGE_NOT_ALLOWED"), (5, "NOT_FOUND", "KEY_NOT_FOUND"),
            (9, "FAILED_PRECONDITION", "NO_COMMON_SCHEME"), (3, "INVALID_ARGUMENT", "INVALID_REQUEST"),
            (8, "RESOURCE_EXHAUSTED", "TOO_MANY_IN_FLIGHT"), (4, "DEADLINE_EXCEEDED", "DEADLINE_PASSED"),
            (14, "UNAVAILABLE", "DRAINING"), (15, "DATA_LOSS", "SIGNATURE_CHECK_FAILED"),
            (16, "UNAUTHENTICATED", "NO_CLIENT_IDENTITY"), (13, "INTERNAL", "SIGNING_FAILED"),
            (14, "UNAVAILABLE", ""), (7, "PERMISSION_DENIED", "A_REASON_OF_TOMORROW")):
        message = "what a person reads"
        entries.append({"name": f"{code_name}/{reason or 'without a reason'}", "code": code, "code_name": code_name,
                        "message": message, "reason": reason, "policy_version": version if reason else "",
                        "details": wire.error_status(code, message, reason, version).hex()})
    return entries


def generate(folder):
    keys = Keys(folder)
    vectors = Vectors(keys)
    vectors.add_tls13()
    vectors.add_tls12()
    vectors.add_digests_and_messages()
    vectors.add_service_built()
    vectors.add_fields()
    vectors.add_signatures_that_do_not_verify()
    return {
        "keys": [{"name": name, "type": kind, "bits": bits, "spki": keys.spki[name].hex(),
                  "spki_sha256": vectors.spki_sha256(name), "certificate": keys.certificate[name].hex()}
                 for name, (kind, bits) in KEYS.items()],
        "sign": vectors.sign,
        "choose": vectors.choose(),
        "not_structured": vectors.not_structured(),
        "errors": errors(),
    }


def as_text(content):
    """JSON with one vector a line."""
    parts = []
    for name, entries in content.items():
        lines = ",\n".join("  " + json.dumps(entry) for entry in entries)
        parts.append(f' "{name}": [\n{lines}\n ]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main():
    with tempfile.TemporaryDirectory(prefix="keyhold-vectors-") as folder:
        text = as_text(generate(folder))
    FILE.write_text(text)
    print(f"written: {FILE.name}, {len(text)} bytes")


if __name__ == "__main__":
    main()
