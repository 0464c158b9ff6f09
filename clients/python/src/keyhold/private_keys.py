"""Remote keys as `cryptography`'s private keys.

Code that takes an RSAPrivateKey, EllipticCurvePrivateKey or Ed25519PrivateKey
takes these: they sign remotely and hold nothing secret.

What such code signs is seldom TLS content, so the request carries a digest
(Ed25519: the message), and the signer refuses it unless a rule names the
usage `digest` (`message`). For certificate requests there is a way without:
build_csr() has the signer build the request, under the usage `csr`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from keyhold import forms
from keyhold.client import SignerClient
from keyhold.schemes import SCHEMES, Algorithm, Scheme
from keyhold.signer.v1 import key_pb2, sign_pb2


class RemoteKey:
    """What all remote keys have in common. See load_private_key()."""

    def __init__(self, client: SignerClient, key: key_pb2.Key, server_name: str = "") -> None:
        self._client = client
        self._key = key
        self._server_name = server_name
        self._public_key: Any = serialization.load_der_public_key(key.spki)

    @property
    def spki_sha256(self) -> bytes:
        """The key's name in requests: SHA-256 of its SubjectPublicKeyInfo."""
        return self._key.spki_sha256

    def build_csr(
        self, common_name: str = "", dns_names: Sequence[str] = ()
    ) -> x509.CertificateSigningRequest:
        """A certificate request that the signer builds and signs.

        Needs the usage `csr`, and no digest.
        """
        value = sign_pb2.CertificateSigningRequest(common_name=common_name, dns_names=dns_names)
        made = self._client.sign(self.spki_sha256, value, offered=self._key.schemes)
        return x509.load_der_x509_csr(made.signed_object)

    def _sign(self, value: forms.Input, scheme: Scheme) -> bytes:
        return self._client.sign(
            self.spki_sha256, value, scheme=scheme.code_point, server_name=self._server_name
        ).signature

    def _sign_hashed(
        self, data: Any, algorithm: hashes.HashAlgorithm | Prehashed, scheme: Scheme
    ) -> bytes:
        if isinstance(algorithm, Prehashed):
            return self._sign(forms.digest(scheme_hash(scheme), bytes(data)), scheme)
        structured = forms.recognise(bytes(data))
        if structured is not None:
            return self._sign(structured, scheme)
        hasher = hashes.Hash(scheme_hash(scheme))
        hasher.update(data)
        return self._sign(forms.digest(scheme_hash(scheme), hasher.finalize()), scheme)

    # cryptography's keys can be written out; these have nothing to write.

    def private_numbers(self) -> NoReturn:
        raise _no_private_half()

    def private_bytes(self, *_: Any, **__: Any) -> NoReturn:
        raise _no_private_half()

    def private_bytes_raw(self) -> NoReturn:
        raise _no_private_half()

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self


class RemoteRSAPrivateKey(RemoteKey, rsa.RSAPrivateKey):
    """An RSA key: PKCS#1 v1.5, and PSS with a salt as long as the hash."""

    @property
    def key_size(self) -> int:
        size: int = self._public_key.key_size
        return size

    def public_key(self) -> rsa.RSAPublicKey:
        key: rsa.RSAPublicKey = self._public_key
        return key

    def sign(
        self,
        data: Any,
        padding: Any,
        algorithm: Any,
    ) -> bytes:
        return self._sign_hashed(data, algorithm, self._scheme(padding, algorithm))

    def decrypt(self, ciphertext: bytes, padding: Any) -> NoReturn:
        raise NotImplementedError("a signer never decrypts")

    def _scheme(self, chosen: Any, algorithm: Any) -> Scheme:
        hash_ = _hash_of(algorithm)
        if isinstance(chosen, padding.PKCS1v15):
            return _find(Algorithm.RSA_PKCS1, hash_, "rsa_pkcs1")
        if isinstance(chosen, padding.PSS):
            _check_pss(chosen, hash_)
            pss = self._key.type == key_pb2.KEY_TYPE_RSA_PSS
            return _find(Algorithm.RSA_PSS, hash_, "rsa_pss_pss" if pss else "rsa_pss_rsae")
        raise ValueError("the signer makes PKCS1v15 and PSS paddings only")


class RemoteEllipticCurvePrivateKey(RemoteKey, ec.EllipticCurvePrivateKey):
    """An ECDSA key on P-256, P-384 or P-521."""

    @property
    def curve(self) -> ec.EllipticCurve:
        curve: ec.EllipticCurve = self._public_key.curve
        return curve

    @property
    def key_size(self) -> int:
        size: int = self._public_key.curve.key_size
        return size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        key: ec.EllipticCurvePublicKey = self._public_key
        return key

    def sign(self, data: Any, signature_algorithm: Any) -> bytes:
        if not isinstance(signature_algorithm, ec.ECDSA):
            raise ValueError("the signer makes ECDSA signatures only")
        algorithm = signature_algorithm.algorithm
        scheme = _find(Algorithm.ECDSA, _hash_of(algorithm), "ecdsa")
        return self._sign_hashed(data, algorithm, scheme)

    def exchange(self, algorithm: Any, peer_public_key: Any) -> NoReturn:
        raise NotImplementedError("a signer signs; it agrees on no keys")


class RemoteEd25519PrivateKey(RemoteKey, ed25519.Ed25519PrivateKey):
    """An Ed25519 key. What is no TLS content travels whole (usage `message`)."""

    def public_key(self) -> ed25519.Ed25519PublicKey:
        key: ed25519.Ed25519PublicKey = self._public_key
        return key

    def sign(self, data: Any) -> bytes:
        content = bytes(data)
        return self._sign(
            forms.recognise(content) or content, _find(Algorithm.EDDSA, None, "ed25519")
        )


PrivateKey = RemoteRSAPrivateKey | RemoteEllipticCurvePrivateKey | RemoteEd25519PrivateKey

_CLASSES: dict[int, type[Any]] = {
    key_pb2.KEY_TYPE_RSA: RemoteRSAPrivateKey,
    key_pb2.KEY_TYPE_RSA_PSS: RemoteRSAPrivateKey,
    key_pb2.KEY_TYPE_ECDSA_P256: RemoteEllipticCurvePrivateKey,
    key_pb2.KEY_TYPE_ECDSA_P384: RemoteEllipticCurvePrivateKey,
    key_pb2.KEY_TYPE_ECDSA_P521: RemoteEllipticCurvePrivateKey,
    key_pb2.KEY_TYPE_ED25519: RemoteEd25519PrivateKey,
}


def load_private_key(
    client: SignerClient, certificate: x509.Certificate, server_name: str = ""
) -> PrivateKey:
    """The remote key of a certificate.

    SignerError NOT_FOUND if the signer does not have it, or does not tell.
    `server_name` is stated with each signature, for rules that list names.
    """
    spki = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    hasher = hashes.Hash(hashes.SHA256())
    hasher.update(spki)
    return private_key_of(client, client.get_keys(spki_sha256=hasher.finalize())[0], server_name)


def private_key_of(client: SignerClient, key: key_pb2.Key, server_name: str = "") -> PrivateKey:
    """The same for a key that list_keys() or get_keys() returned."""
    made = _CLASSES.get(key.type)
    if made is None:
        name = key_pb2.KeyType.Name(key.type)
        raise ValueError(f"{key.id}: no private key object for {name}; use SignerClient.sign")
    result: PrivateKey = made(client, key, server_name)
    return result


def scheme_hash(scheme: Scheme) -> hashes.HashAlgorithm:
    """The hash of a scheme that has one."""
    assert scheme.hash is not None, scheme.name
    return scheme.hash


def _hash_of(algorithm: hashes.HashAlgorithm | Prehashed) -> hashes.HashAlgorithm:
    if isinstance(algorithm, Prehashed):
        inner: hashes.HashAlgorithm = algorithm._algorithm
        return inner
    return algorithm


def _find(algorithm: Algorithm, hash_: hashes.HashAlgorithm | None, prefix: str) -> Scheme:
    for scheme in SCHEMES:
        same_hash = (scheme.hash and scheme.hash.name) == (hash_ and hash_.name)
        if scheme.algorithm is algorithm and same_hash and scheme.name.startswith(prefix):
            return scheme
    raise ValueError(
        f"{algorithm.value} with {hash_.name if hash_ else 'no hash'} is no TLS scheme"
    )


def _check_pss(chosen: padding.PSS, hash_: hashes.HashAlgorithm) -> None:
    salt = chosen._salt_length
    if salt is padding.PSS.DIGEST_LENGTH:
        salt = hash_.digest_size
    if salt != hash_.digest_size or chosen._mgf._algorithm.name != hash_.name:
        raise ValueError("PSS as in TLS: MGF1 with the same hash, and a salt as long as the hash")


def _no_private_half() -> NotImplementedError:
    return NotImplementedError("the private half of this key never leaves the signer")
