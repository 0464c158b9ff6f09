"""TLS peers that are not part of Keyhold: openssl, curl, Python's ssl."""

import re
import socket
import ssl
import subprocess

SECONDS = 20

# Code points as the openssl program prints them nowhere: read from its hex.
SCHEMES = {
    0x0401: "rsa_pkcs1_sha256", 0x0501: "rsa_pkcs1_sha384", 0x0601: "rsa_pkcs1_sha512",
    0x0403: "ecdsa_secp256r1_sha256", 0x0503: "ecdsa_secp384r1_sha384",
    0x0603: "ecdsa_secp521r1_sha512", 0x0804: "rsa_pss_rsae_sha256",
    0x0805: "rsa_pss_rsae_sha384", 0x0806: "rsa_pss_rsae_sha512", 0x0807: "ed25519",
    0x0808: "ed448", 0x0809: "rsa_pss_pss_sha256", 0x080a: "rsa_pss_pss_sha384",
    0x080b: "rsa_pss_pss_sha512",
}


class ClientResult:
    """What `openssl s_client` saw."""

    def __init__(self, code, output):
        self.code = code
        self.output = output

    def field(self, pattern):
        found = re.search(pattern, self.output)
        return found.group(1) if found else None

    @property
    def protocol(self):
        return self.field(r"\bNew, (TLSv1\.\d)") or self.field(r"\bReused, (TLSv1\.\d)")

    @property
    def resumed(self):
        return "Reused, TLS" in self.output

    @property
    def verified(self):
        return "Verify return code: 0 (ok)" in self.output

    @property
    def subject(self):
        return self.field(r"\nsubject=(.*)")

    @property
    def alpn(self):
        return self.field(r"ALPN protocol: (\S+)")

    @property
    def alert(self):
        """The fatal alert that came in."""
        return self.field(r"<<< [^\n]*, Alert [^\n]*, fatal (\w+)")

    def messages(self, name):
        """The bytes of each handshake message of a kind that came in."""
        found = []
        for block in re.finditer(r"<<< [^\n]*, " + name + r"\n((?:    [0-9a-f ]+\n)+)", self.output):
            found.append(bytes.fromhex(re.sub(r"\s", "", block.group(1))))
        return found

    @property
    def scheme(self):
        """The signature scheme on the wire, as this peer received it."""
        for message in self.messages("CertificateVerify"):
            return SCHEMES[int.from_bytes(message[4:6], "big")]
        for message in self.messages("ServerKeyExchange"):
            point = message[7]
            return SCHEMES[int.from_bytes(message[8 + point:10 + point], "big")]
        return None


def s_client(port, *arguments, name=None, text="", ca=None, seconds=SECONDS):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-msg"]
    if name:
        command += ["-servername", name]
    if ca:
        command += ["-CAfile", ca, "-verify_return_error"]
    command += arguments
    done = subprocess.run([str(part) for part in command], input=text, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds)
    return ClientResult(done.returncode, done.stdout)


def http_get(port, name, *arguments, ca=None):
    """One request over s_client that waits for the answer's end."""
    return s_client(port, "-ign_eof", *arguments, name=name, ca=ca,
                    text=f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n")


def curl(port, name, *arguments, ca, seconds=SECONDS):
    """Returns (exit code, body, what -v said)."""
    done = subprocess.run(
        ["curl", "-sv", "--noproxy", "*", "--cacert", str(ca), "--resolve", f"{name}:{port}:127.0.0.1",
         *map(str, arguments), f"https://{name}:{port}/"],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds)
    return done.returncode, done.stdout, done.stderr


def python_context(ca, version=None):
    context = ssl.create_default_context(cafile=str(ca))
    if version:
        context.minimum_version = context.maximum_version = version
    return context


def python_get(port, name, context, session=None):
    """One request with Python's ssl; returns (body, SSL session, resumed).

    Any end without close_notify raises ssl.SSLEOFError.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as raw:
        with context.wrap_socket(raw, server_hostname=name, suppress_ragged_eofs=False,
                                 session=session) as tls:
            tls.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            body = b""
            while True:
                part = tls.recv(65536)
                if not part:
                    break
                body += part
            return body.decode(), tls.session, tls.session_reused
