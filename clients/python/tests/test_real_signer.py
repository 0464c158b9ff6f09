"""Against the real signer, over mutual TLS."""

import asyncio
import re
import shutil
import subprocess

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from keyhold import (
    AsyncSignerClient,
    SignerClient,
    SignerError,
    TlsFiles,
    load_private_key,
    transport,
)
from keyhold.signer.v1 import sign_pb2, tls_pb2
from real_signer import ROOT, RealSigner

SITES = ("rsa.example.test", "ecdsa.example.test", "ed25519.example.test")
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "www.example.test")])


@pytest.fixture
def signer(tmp_path):
    signer = RealSigner(tmp_path)
    yield signer
    signer.stop()


def tls_files(signer):
    app = signer.dev / "app"
    return TlsFiles(app / "transport.crt", app / "transport.key", app / "signer-ca.crt")


def site(signer, name):
    return x509.load_pem_x509_certificate((signer.dev / f"app/sites/{name}.crt").read_bytes())


def test_tls13_content_is_signed_and_nothing_else(signer):
    signer.start()
    content = b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + b"h" * 32
    with SignerClient([signer.endpoint], tls_files(signer)) as client:
        key = load_private_key(client, site(signer, "ecdsa.example.test"))
        algorithm = ec.ECDSA(hashes.SHA256())
        key.public_key().verify(key.sign(content, algorithm), content, algorithm)
        with pytest.raises(SignerError) as caught:
            key.sign(b"something else", algorithm)
        assert caught.value.reason == "USAGE_NOT_ALLOWED"
        rsa_key = load_private_key(client, site(signer, "rsa.example.test"))
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        signature = rsa_key.sign(content, pss, hashes.SHA256())
        rsa_key.public_key().verify(signature, content, pss, hashes.SHA256())
        edwards = load_private_key(client, site(signer, "ed25519.example.test"))
        edwards.public_key().verify(edwards.sign(content), content)


@pytest.mark.parametrize("name", SITES)
def test_x509_builder_where_policy_allows_digests(signer, name):
    signer.allow("digest", "message")
    signer.start()
    with SignerClient([signer.endpoint], tls_files(signer)) as client:
        key = load_private_key(client, site(signer, name))
        algorithm = None if name.startswith("ed25519") else hashes.SHA256()
        csr = x509.CertificateSigningRequestBuilder().subject_name(NAME).sign(key, algorithm)
        assert csr.is_signature_valid


def test_asyncio_client(signer):
    signer.start()

    async def run():
        async with AsyncSignerClient([signer.endpoint], tls_files(signer)) as client:
            names = {key.id async for key in client.list_keys()}
            assert set(SITES) <= names
            [key] = await client.get_keys(key_id="ecdsa.example.test")
            value = sign_pb2.Tls13CertificateVerify(
                role=tls_pb2.ROLE_SERVER, transcript_hash=b"h" * 32
            )
            made = await asyncio.gather(
                *(client.sign(key.spki_sha256, value, offered=[0x0403]) for _ in range(100))
            )
            assert {each.scheme for each in made} == {0x0403}

    asyncio.run(run())


def test_unknown_key(signer, tmp_path):
    signer.start()
    key = ec.generate_private_key(ec.SECP256R1())
    csr = x509.CertificateSigningRequestBuilder().subject_name(NAME).sign(key, hashes.SHA256())
    with SignerClient([signer.endpoint], tls_files(signer)) as client:
        with pytest.raises(SignerError) as caught:
            load_private_key(client, csr)
        assert caught.value.status is grpc.StatusCode.NOT_FOUND
        assert caught.value.reason == "KEY_NOT_FOUND"


def test_local_caller_without_tls(signer):
    signer.start()
    with SignerClient([f"unix:{signer.dev}/signer/signer.sock"]) as client:
        assert {key.id for key in client.list_keys()} >= set(SITES)


def test_tls_files_are_read_again(signer, tmp_path):
    """Identity and authority of another setup, in the same files."""
    signer.start()
    with SignerClient([signer.endpoint], tls_files(signer)) as client:
        assert list(client.list_keys())
        signer.stop()
        (tmp_path / "second").mkdir()
        other = RealSigner(tmp_path / "second")
        other.config.write_text(other.config.read_text().replace(":0", f":{signer.port}"))
        other.start()
        try:
            for name in ("transport.crt", "transport.key", "signer-ca.crt"):
                shutil.copy(other.dev / "app" / name, signer.dev / "app" / name)
            assert list(client.list_keys(timeout=20))
        finally:
            other.stop()


def test_tls_files_that_are_half_renewed_do_no_harm(signer, monkeypatch):
    """A certificate comes before its key, or the other way round."""
    monkeypatch.setattr(transport, "CHECK_SECONDS", 0.0)
    signer.start()
    private_key = signer.dev / "app/transport.key"
    good = private_key.read_bytes()
    with SignerClient([signer.endpoint], tls_files(signer)) as client:
        assert list(client.list_keys())
        private_key.write_bytes((signer.dev / "signer/transport.key").read_bytes())
        assert list(client.list_keys())
        private_key.write_bytes(good)
        assert list(client.list_keys())


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("transport.key", None, "No such file or directory: .*transport.key"),
        ("transport.crt", b"nothing", "the TLS files: "),
        ("signer-ca.crt", b"", "the TLS files: "),
    ],
)
def test_tls_files_that_cannot_be_used(signer, name, content, text):
    signer.start()
    path = signer.dev / "app" / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with SignerClient([signer.endpoint], tls_files(signer)) as client:
        with pytest.raises(SignerError, match=text) as caught:
            list(client.list_keys(timeout=0.1))
        assert caught.value.status is grpc.StatusCode.UNAVAILABLE


def test_readme_example_runs_as_it_stands(signer, tmp_path, capsys, monkeypatch):
    signer.start()
    readme = (ROOT / "clients/python/README.md").read_text()
    [example] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    # The test's signer takes a free port.
    assert example.count(":7443") == 1
    monkeypatch.chdir(tmp_path)
    exec(compile(example.replace(":7443", f":{signer.port}"), "README.md", "exec"), {})  # noqa: S102
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"ecdsa_secp256r1_sha256 \d+ bytes", lines[0])
    assert lines[1:] == ["PERMISSION_DENIED USAGE_NOT_ALLOWED", "secp256r1 True"]


def test_openssl_verifies_what_the_key_signed(signer, tmp_path):
    """A third party's word."""
    signer.allow("digest")
    signer.start()
    with SignerClient([signer.endpoint], tls_files(signer)) as client:
        key = load_private_key(client, site(signer, "rsa.example.test"))
        csr = x509.CertificateSigningRequestBuilder().subject_name(NAME).sign(key, hashes.SHA384())
    (tmp_path / "csr.der").write_bytes(csr.public_bytes(Encoding.DER))
    command = ["openssl", "req", "-inform", "DER", "-in", tmp_path / "csr.der", "-verify", "-noout"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def test_the_signer_builds_a_csr(signer):
    signer.allow("csr")
    signer.start()
    with SignerClient([signer.endpoint], tls_files(signer)) as client:
        for name in SITES:
            key = load_private_key(client, site(signer, name))
            csr = key.build_csr("www.example.test", ["www.example.test", "example.test"])
            assert csr.is_signature_valid
            assert csr.public_key() == key.public_key()
            names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            assert names.get_values_for_type(x509.DNSName) == ["www.example.test", "example.test"]
