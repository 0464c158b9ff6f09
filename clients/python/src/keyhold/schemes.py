"""Signature schemes: IANA's code points (RFC 8446 §4.2.3) and what they are."""

from __future__ import annotations

import dataclasses
import enum

from cryptography.hazmat.primitives import hashes


class Algorithm(enum.Enum):
    """How a scheme signs."""

    RSA_PKCS1 = "RSA PKCS#1 v1.5"
    RSA_PSS = "RSA-PSS"
    ECDSA = "ECDSA"
    EDDSA = "EdDSA"


@dataclasses.dataclass(frozen=True)
class Scheme:
    """One row of the table."""

    code_point: int
    name: str
    algorithm: Algorithm
    hash: hashes.HashAlgorithm | None  # None: signs messages, not digests


_SHA256, _SHA384, _SHA512 = hashes.SHA256(), hashes.SHA384(), hashes.SHA512()

SCHEMES = (
    Scheme(0x0401, "rsa_pkcs1_sha256", Algorithm.RSA_PKCS1, _SHA256),
    Scheme(0x0501, "rsa_pkcs1_sha384", Algorithm.RSA_PKCS1, _SHA384),
    Scheme(0x0601, "rsa_pkcs1_sha512", Algorithm.RSA_PKCS1, _SHA512),
    Scheme(0x0403, "ecdsa_secp256r1_sha256", Algorithm.ECDSA, _SHA256),
    Scheme(0x0503, "ecdsa_secp384r1_sha384", Algorithm.ECDSA, _SHA384),
    Scheme(0x0603, "ecdsa_secp521r1_sha512", Algorithm.ECDSA, _SHA512),
    Scheme(0x0804, "rsa_pss_rsae_sha256", Algorithm.RSA_PSS, _SHA256),
    Scheme(0x0805, "rsa_pss_rsae_sha384", Algorithm.RSA_PSS, _SHA384),
    Scheme(0x0806, "rsa_pss_rsae_sha512", Algorithm.RSA_PSS, _SHA512),
    Scheme(0x0807, "ed25519", Algorithm.EDDSA, None),
    Scheme(0x0808, "ed448", Algorithm.EDDSA, None),
    Scheme(0x0809, "rsa_pss_pss_sha256", Algorithm.RSA_PSS, _SHA256),
    Scheme(0x080A, "rsa_pss_pss_sha384", Algorithm.RSA_PSS, _SHA384),
    Scheme(0x080B, "rsa_pss_pss_sha512", Algorithm.RSA_PSS, _SHA512),
)

_BY_CODE_POINT = {scheme.code_point: scheme for scheme in SCHEMES}
_BY_NAME = {scheme.name: scheme for scheme in SCHEMES}


def find_scheme(scheme: int | str) -> Scheme:
    """The scheme of a code point or a name; ValueError if there is none."""
    found = _BY_NAME.get(scheme) if isinstance(scheme, str) else _BY_CODE_POINT.get(scheme)
    if found is None:
        raise ValueError(f"{scheme!r} is no signature scheme that Keyhold makes")
    return found
