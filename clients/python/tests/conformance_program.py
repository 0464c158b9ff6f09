"""Answers the commands of the conformance run (tests/clients/README.md)."""

import asyncio
import json
import os
import sys
import time

import grpc
from google.protobuf.json_format import ParseDict

from keyhold import AsyncSignerClient, SignerClient, SignerError, TlsFiles
from keyhold.protocol import ROLES
from keyhold.signer.v1 import key_pb2, sign_pb2, tls_pb2
from provider_tls import ProviderTls, UnsupportedError


def to_input(fields):
    """An input of the vectors and commands as keyhold.Input."""
    fields = dict(fields)
    form = fields.pop("form")
    if form == "message":
        return bytes.fromhex(fields["message"])
    if form == "tls13_certificate_verify":
        return sign_pb2.Tls13CertificateVerify(
            role=ROLES[fields["role"]], transcript_hash=bytes.fromhex(fields["transcript_hash"])
        )
    if form == "tls12_server_key_exchange":
        return sign_pb2.Tls12ServerKeyExchange(
            client_random=bytes.fromhex(fields["client_random"]),
            server_random=bytes.fromhex(fields["server_random"]),
            curve=fields["curve"],
            public_point=bytes.fromhex(fields["public_point"]),
        )
    if form == "tls12_certificate_verify":
        messages = bytes.fromhex(fields["handshake_messages"])
        return sign_pb2.Tls12CertificateVerify(handshake_messages=messages)
    if form == "digest":
        hash_ = tls_pb2.Hash.Value("HASH_" + fields["hash"].upper())
        return sign_pb2.Digest(hash=hash_, value=bytes.fromhex(fields["value"]))
    if form == "delegated_credential":
        return sign_pb2.DelegatedCredential(
            role=ROLES[fields["role"]],
            valid_time=fields["valid_time"],
            dc_cert_verify_algorithm=fields["dc_cert_verify_algorithm"],
            spki=bytes.fromhex(fields["spki"]),
        )
    kinds = {
        "csr": sign_pb2.CertificateSigningRequest,
        "self_signed_certificate": sign_pb2.SelfSignedCertificate,
    }
    return ParseDict(fields, kinds[form]())


class Program:
    """One client for each identity and list of endpoints, for good."""

    def __init__(self, environment):
        self.identities = environment["identities"]
        self.clients = {}
        self.tls = ProviderTls(environment)

    def tls_files(self, name):
        identity = self.identities[name]
        return TlsFiles(identity["certificate"], identity["private_key"], identity["ca"])

    def client(self, command):
        key = (command["identity"], *command["endpoints"])
        if key not in self.clients:
            self.clients[key] = SignerClient(
                command["endpoints"], self.tls_files(command["identity"])
            )
        return self.clients[key]

    def answer(self, command):
        try:
            return {"ok": True, **getattr(self, "do_" + command["op"])(command)}
        except SignerError as error:
            return {
                "ok": False,
                "status": error.status.name,
                "reason": error.reason,
                "message": str(error),
            }
        except UnsupportedError as error:
            return {"unsupported": error.word, "message": str(error)}
        except Exception as error:
            return {
                "ok": False,
                "status": type(error).__name__,
                "reason": "",
                "message": str(error),
            }

    def do_list_keys(self, command):
        keys = [
            {
                "id": key.id,
                "label": key.label,
                "type": key_pb2.KeyType.Name(key.type).removeprefix("KEY_TYPE_"),
                "spki_sha256": key.spki_sha256.hex(),
                "schemes": list(key.schemes),
                "server_names": list(key.server_names),
            }
            for key in self.client(command).list_keys(timeout=command["timeout_ms"] / 1e3)
        ]
        return {"keys": keys}

    def do_choose(self, command):
        scheme = self.client(command).choose_scheme(
            bytes.fromhex(command["spki_sha256"]),
            command["offered"],
            command["role"],
            command["tls_version"],
            command.get("server_name", ""),
            command["timeout_ms"] / 1e3,
        )
        return {"scheme": scheme}

    def do_sign(self, command):
        made = self.client(command).sign(
            bytes.fromhex(command["spki_sha256"]),
            to_input(command["input"]),
            command.get("scheme"),
            command.get("offered_schemes"),
            command.get("server_name", ""),
            command["timeout_ms"] / 1e3,
        )
        return {
            "scheme": made.scheme,
            "signature": made.signature.hex(),
            "signed_object": made.signed_object.hex(),
        }

    def do_tls_server(self, command):
        return {"port": self.tls.serve(command)}

    def do_stop(self, command):
        self.tls.stop(command["port"])
        return {"errors": None}  # ssl gives out OpenSSL's last error, not the provider's

    def do_tls_client(self, command):
        return self.tls.connect(command)

    def do_bench(self, command):
        return asyncio.run(self.bench(command))

    async def bench(self, command):
        spki_sha256 = bytes.fromhex(command["spki_sha256"])
        count = 0
        files = self.tls_files(command["identity"])
        async with AsyncSignerClient(command["endpoints"], files) as client:
            begin = time.monotonic()
            end = begin + command["seconds"]

            async def sign_until_the_end():
                nonlocal count
                while time.monotonic() < end:
                    value = sign_pb2.Tls13CertificateVerify(
                        role=tls_pb2.ROLE_SERVER, transcript_hash=os.urandom(32)
                    )
                    await client.sign(spki_sha256, value, command["scheme"])
                    count += 1

            await asyncio.gather(*(sign_until_the_end() for _ in range(command["in_flight"])))
            return {"count": count, "seconds": time.monotonic() - begin}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        program = Program(json.load(file))
    print(json.dumps({"client": "python", "grpc": grpc.__version__}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        print(json.dumps({"n": command["n"], **program.answer(command)}), flush=True)


if __name__ == "__main__":
    main()
