"""Two signers with the same keys, and the identities that call them."""

import json
import pathlib

from tests.e2e import pki, processes

KEY_TYPES = ("rsa2048", "rsapss", "p256", "p384", "p521", "ed25519", "ed448")
TRUST = "spiffe://example.test/"

RULES = [
    {"name": "app", "identities": [TRUST + "app"], "keys": ["*"]},
    {"name": "digest", "identities": [TRUST + "digest"], "keys": ["*"],
     "usages": ["tls13_server", "tls12_server", "tls13_client", "tls12_client", "digest", "message", "csr"]},
    {"name": "named", "identities": [TRUST + "named"], "keys": ["*"], "server_names": ["p256.example.test"]},
    {"name": "sha384", "identities": [TRUST + "sha384"], "keys": ["*"], "schemes": ["rsa_pss_rsae_sha384"]},
]
IDENTITIES = ("app", "digest", "named", "sha384", "stranger")


class Site:
    """A folder with keys, certificates and identities."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.keys = self.folder / "keys"
        self.keys.mkdir(parents=True)
        self.certificates = self.folder / "certificates"
        self.certificates.mkdir()
        self.sites = pki.Authority(self.folder / "sites", "site-ca")
        for key_type in KEY_TYPES:
            self._add_key("server", key_type, "serverAuth")
            self._add_key("client", key_type, "clientAuth")
        self.own_key = pki.generate_key(self.folder / "signer.key", "p256")
        self.identity_keys = {name: pki.generate_key(self.folder / f"{name}.key", "p256") for name in IDENTITIES}
        self.renewals = 0
        self.renew_transport()
        other = pki.Authority(self.folder / "other", "other-ca")
        foreign = pki.generate_key(self.folder / "foreign.key", "p256")
        other.issue(foreign, [f"URI:{TRUST}app"], usage="clientAuth")
        self.identity_keys["foreign"] = foreign
        self._other_ca = other.certificate

    def _add_key(self, role, key_type, usage):
        key = pki.generate_key(self.keys / f"{role}-{key_type}.key", key_type)
        made = self.sites.issue(key, [f"DNS:{key_type}.example.test"], usage=usage)
        # The application's copy: no key beside it.
        self.certificate(role, key_type).write_bytes(made.read_bytes())

    def certificate(self, role, key_type):
        return self.certificates / f"{role}-{key_type}.crt"

    def renew_transport(self):
        """A new authority, and new certificates in the files that there are."""
        self.renewals += 1
        authority = pki.Authority(self.folder / f"transport{self.renewals}", "transport-ca")
        authority.issue(self.own_key, ["DNS:localhost", "IP:127.0.0.1"])
        authority.issue(self.own_key, ["DNS:other.example.test"], certificate=self.folder / "misnamed.crt")
        for name in IDENTITIES:
            authority.issue(self.identity_keys[name], [f"URI:{TRUST}{name}"], usage="clientAuth")
        self.ca = self.folder / "transport-ca.crt"
        fresh = self.ca.with_suffix(".new")
        fresh.write_bytes(authority.certificate.read_bytes())
        fresh.rename(self.ca)

    def environment(self, application):
        """What the conformance programs read; `application` is a
        provider.ApplicationHost, or None where there is no provider."""
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        path = self.folder / "environment.json"
        identities = {name: {"certificate": str(key.with_suffix(".crt")), "private_key": str(key),
                             "ca": str(self.ca)} for name, key in self.identity_keys.items()}
        # To whom the signers are of another authority.
        identities["distrustful"] = {**identities["app"], "ca": str(self._other_ca)}
        path.write_text(json.dumps({
            "identities": identities,
            "work": str(work),
            **({"provider": application.environment()} if application else {}),
        }))
        return path


class Signer:
    """A signer of the site, on a port of its own that it keeps."""

    def __init__(self, site, name, certificate="signer.crt"):
        self.site = site
        self.certificate = certificate
        self.config = site.folder / f"{name}.yaml"
        self.port = 0
        self.process = None

    @property
    def endpoint(self):
        return f"localhost:{self.port}"

    def start(self):
        self.config.write_text(json.dumps({
            "listen": {"tcp": [{"address": f"127.0.0.1:{self.port}", "certificate_file": self.certificate,
                                "private_key_file": "signer.key", "client_ca_file": "transport-ca.crt"}]},
            "keys": {"directories": ["keys"]},
            "policy": {"rules": RULES},
        }))
        self.process = processes.Process([processes.BIN / "signer_service/keyhold-signer", "--config", self.config],
                                         stream="stderr")
        ready = json.loads(self.process.wait_for_line(lambda line: '"event":"ready"' in line))
        self.port = int(ready["listeners"][0]["address"].rsplit(":", 1)[1])
        return self

    def kill(self):
        self.process.kill()

    def stop(self):
        if self.process:
            self.process.stop()
