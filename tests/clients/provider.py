"""What an application host with the OpenSSL provider has: an agent, files that
stand where private keys would, and an openssl.cnf."""

import base64
import json
import os
import subprocess

from tests.clients import site
from tests.e2e import processes

MODULE = processes.BIN / "tls_lib/provider/keyhold.so"
AGENT = processes.BIN / "tls_lib/agent/keyhold-agent"
# An agent holds one identity.
IDENTITIES = ("app", "stranger")

OPENSSL_CNF = """\
openssl_conf = openssl_init
nodejs_conf = openssl_init
.include /etc/ssl/openssl.cnf
[openssl_init]
providers = provider_section
[provider_section]
default = default_section
keyhold = keyhold_section
[default_section]
activate = 1
[keyhold_section]
activate = 1
module = {module}
"""


def is_built():
    return MODULE.exists() and AGENT.exists()


def der(tag, value):
    """One DER value."""
    size = len(value)
    if size < 0x80:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + value


def key_file(key_id, spki, agent):
    """A KEYHOLD KEY, as tls_lib/agent/client/key_file.h has it."""
    uid = os.getuid()
    number = uid.to_bytes(uid.bit_length() // 8 + 1, "big")
    body = der(0x02, b"\x01") + der(0x0C, key_id.encode()) + spki + der(0x0C, agent.encode()) + der(0x80, number)
    text = base64.encodebytes(der(0x30, body)).decode()
    return f"-----BEGIN KEYHOLD KEY-----\n{text}-----END KEYHOLD KEY-----\n"


def spki_of(certificate):
    pem = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], stdout=subprocess.PIPE,
                         check=True).stdout
    return subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=pem, stdout=subprocess.PIPE,
                          check=True).stdout


class ApplicationHost:
    """The agents of a site, for signers at `endpoints`."""

    def __init__(self, where, endpoints):
        self.folder = where.folder / "application"
        self.folder.mkdir()
        self.openssl_cnf = self.folder / "openssl.cnf"
        self.openssl_cnf.write_text(OPENSSL_CNF.format(module=MODULE))
        self._agents = []
        for name in IDENTITIES:
            self._start_agent(where, name, endpoints)

    def key_files(self, identity):
        """The folder with ROLE-TYPE.key for each key of the site."""
        return self.folder / identity

    def _start_agent(self, where, name, endpoints):
        folder = self.key_files(name)
        folder.mkdir()
        socket = folder / "agent.sock"
        key = where.identity_keys[name]
        config = self.folder / f"{name}.yaml"
        config.write_text(json.dumps({
            "listen": [{"path": str(socket), "group": str(os.getgid())}],
            "signer": {"endpoints": endpoints, "certificate_file": str(key.with_suffix(".crt")),
                       "private_key_file": str(key), "ca_file": str(where.ca)},
            "rules": [{"users": [str(os.getuid())], "keys": ["*"]}],
        }))
        for role in ("server", "client"):
            for key_type in site.KEY_TYPES:
                spki = spki_of(where.certificate(role, key_type))
                path = folder / f"{role}-{key_type}.key"
                path.write_text(key_file(f"{role}-{key_type}", spki, str(socket)))
        agent = processes.Process([AGENT, "--config", config], stream="stderr")
        self._agents.append(agent)
        agent.wait_for_line(lambda line: '"event":"ready"' in line)

    def environment(self):
        """For environment.json."""
        return {"openssl_conf": str(self.openssl_cnf),
                "key_files": {name: str(self.key_files(name)) for name in IDENTITIES}}

    def stop(self):
        for agent in self._agents:
            agent.stop()
