"""Remote keys where `cryptography` wants private keys."""

import datetime

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.x509.oid import NameOID

from keyhold import SignerClient, private_key_of
from keyhold.private_keys import RemoteRSAPrivateKey

NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "www.example.test")])
PSS = padding.PSS(padding.MGF1(hashes.SHA384()), padding.PSS.DIGEST_LENGTH)

LOCAL = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}


@pytest.fixture
def client(signer):
    with SignerClient([signer.endpoint]) as client:
        yield client


@pytest.fixture
def remote(signer, client):
    """Makes the remote key that stands for a local one."""

    def make(name):
        signer.add_key(name, LOCAL[name])
        return private_key_of(client, list(client.list_keys())[-1])

    return make


def hash_for(name):
    return None if name == "ed25519" else hashes.SHA256()


@pytest.mark.parametrize("name", LOCAL)
def test_is_an_instance_of_the_public_class(remote, name):
    key = remote(name)
    classes = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)
    assert [isinstance(key, each) for each in classes].count(True) == 1
    assert key.public_key() == LOCAL[name].public_key()


@pytest.mark.parametrize("name", LOCAL)
def test_x509_builders_sign_with_it(remote, name):
    key = remote(name)
    csr = x509.CertificateSigningRequestBuilder().subject_name(NAME).sign(key, hash_for(name))
    assert csr.is_signature_valid
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hash_for(name))
    )
    certificate.verify_directly_issued_by(certificate)


def test_only_the_digest_leaves_the_process(signer, remote):
    key = remote("p256")
    signature = key.sign(b"a secret text", ec.ECDSA(hashes.SHA256()))
    key.public_key().verify(signature, b"a secret text", ec.ECDSA(hashes.SHA256()))
    assert b"a secret text" not in signer.requests[-1].SerializeToString()
    assert signer.requests[-1].WhichOneof("input") == "digest"


@pytest.mark.parametrize(
    ("chosen", "algorithm", "scheme"),
    [
        (padding.PKCS1v15(), hashes.SHA512(), 0x0601),
        (PSS, hashes.SHA384(), 0x0805),
        (padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256(), 0x0804),
    ],
)
def test_rsa_paddings(signer, remote, chosen, algorithm, scheme):
    key = remote("rsa")
    signature = key.sign(b"text", chosen, algorithm)
    key.public_key().verify(signature, b"text", chosen, algorithm)
    assert signer.requests[-1].scheme == scheme
    with pytest.raises(InvalidSignature):
        key.public_key().verify(signature, b"other", chosen, algorithm)


def test_prehashed(remote):
    key = remote("p256")
    digest = b"d" * 32
    prehashed = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
    key.public_key().verify(key.sign(digest, prehashed), digest, prehashed)


def test_tls_content_goes_out_structured(signer, remote):
    key = remote("p256")
    content = b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + b"h" * 32
    key.sign(content, ec.ECDSA(hashes.SHA256()))
    assert signer.requests[-1].tls13_certificate_verify.transcript_hash == b"h" * 32


@pytest.mark.parametrize(
    ("chosen", "algorithm", "text"),
    [
        (padding.PKCS1v15(), hashes.SHA1(), "no TLS scheme"),
        (padding.PSS(padding.MGF1(hashes.SHA1()), 32), hashes.SHA256(), "same hash"),
        (padding.PSS(padding.MGF1(hashes.SHA256()), 20), hashes.SHA256(), "as long as the hash"),
        (padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None), hashes.SHA256(), "PSS"),
    ],
)
def test_what_no_signer_makes_is_refused_here(signer, remote, chosen, algorithm, text):
    key = remote("rsa")
    asked = len(signer.requests)
    with pytest.raises(ValueError, match=text):
        key.sign(b"text", chosen, algorithm)
    assert len(signer.requests) == asked


def test_there_is_nothing_to_write_out(remote):
    key = remote("rsa")
    assert isinstance(key, RemoteRSAPrivateKey)
    for call in (key.private_numbers, lambda: key.private_bytes(None, None, None)):
        with pytest.raises(NotImplementedError, match="never leaves the signer"):
            call()
    with pytest.raises(NotImplementedError, match="never decrypts"):
        key.decrypt(b"", padding.PKCS1v15())
