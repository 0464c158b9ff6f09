"""What is signed. The signer assembles the structured forms itself, so that
their signatures are good for nothing but a TLS handshake."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes

from keyhold.signer.v1 import sign_pb2, tls_pb2

# One of sign.proto's inputs; bytes are a message, which policy must allow.
Input = (
    sign_pb2.Tls13CertificateVerify
    | sign_pb2.Tls12ServerKeyExchange
    | sign_pb2.Tls12CertificateVerify
    | sign_pb2.Digest
    | sign_pb2.CertificateSigningRequest
    | sign_pb2.SelfSignedCertificate
    | sign_pb2.DelegatedCredential
    | bytes
)

_PADDING = b" " * 64
_CONTEXTS = {
    b"TLS 1.3, server CertificateVerify\0": tls_pb2.ROLE_SERVER,
    b"TLS 1.3, client CertificateVerify\0": tls_pb2.ROLE_CLIENT,
}
_HASH_SIZES = (32, 48)
_POINT_SIZES = {23: 65, 24: 97, 25: 133, 29: 32, 30: 56}
_NAMED_CURVE = 3
# ClientHello, ServerHello, Certificate, [CertificateStatus,] ServerKeyExchange,
# CertificateRequest, ServerHelloDone, Certificate, ClientKeyExchange.
_CLIENT_MESSAGES = ([1, 2, 11, 12, 13, 14, 11, 16], [1, 2, 11, 22, 12, 13, 14, 11, 16])


def set_input(request: sign_pb2.SignRequest, value: Input) -> None:
    """Puts `value` into the field of its type."""
    fields = {
        sign_pb2.Tls13CertificateVerify: "tls13_certificate_verify",
        sign_pb2.Tls12ServerKeyExchange: "tls12_server_key_exchange",
        sign_pb2.Tls12CertificateVerify: "tls12_certificate_verify",
        sign_pb2.Digest: "digest",
        sign_pb2.CertificateSigningRequest: "csr",
        sign_pb2.SelfSignedCertificate: "self_signed_certificate",
        sign_pb2.DelegatedCredential: "delegated_credential",
    }
    if isinstance(value, bytes):
        request.message = value
        return
    field = fields.get(type(value))
    if field is None:
        raise TypeError(f"a {type(value).__name__} cannot be signed")
    getattr(request, field).CopyFrom(value)
    getattr(request, field).SetInParent()


def digest(algorithm: hashes.HashAlgorithm, value: bytes) -> sign_pb2.Digest:
    """The digest form; ValueError for a hash that no scheme has."""
    known = {
        "sha256": tls_pb2.HASH_SHA256,
        "sha384": tls_pb2.HASH_SHA384,
        "sha512": tls_pb2.HASH_SHA512,
    }
    if algorithm.name not in known:
        raise ValueError(
            f"no scheme has the hash {algorithm.name}: use SHA-256, SHA-384 or SHA-512"
        )
    return sign_pb2.Digest(hash=known[algorithm.name], value=value)


def recognise(content: bytes) -> Input | None:
    """The structured form of what a TLS library wants signed, unhashed.

    None for anything that is not exactly such content.
    """
    return (
        _tls13_certificate_verify(content)
        or _tls12_server_key_exchange(content)
        or _tls12_certificate_verify(content)
    )


def _tls13_certificate_verify(content: bytes) -> Input | None:
    context, transcript = content[64:98], content[98:]
    role = _CONTEXTS.get(context)
    if role is None or content[:64] != _PADDING or len(transcript) not in _HASH_SIZES:
        return None
    return sign_pb2.Tls13CertificateVerify(role=role, transcript_hash=transcript)


def _tls12_server_key_exchange(content: bytes) -> Input | None:
    if len(content) < 68 or content[64] != _NAMED_CURVE:
        return None
    curve = int.from_bytes(content[65:67], "big")
    point = content[68:]
    if not len(point) == content[67] == _POINT_SIZES.get(curve):
        return None
    return sign_pb2.Tls12ServerKeyExchange(
        client_random=content[:32], server_random=content[32:64], curve=curve, public_point=point
    )


def _tls12_certificate_verify(content: bytes) -> Input | None:
    types: list[int] = []
    at = 0
    while at + 4 <= len(content) and len(types) < 10:
        types.append(content[at])
        at += 4 + int.from_bytes(content[at + 1 : at + 4], "big")
    if at != len(content) or types not in _CLIENT_MESSAGES:
        return None
    return sign_pb2.Tls12CertificateVerify(handshake_messages=content)
