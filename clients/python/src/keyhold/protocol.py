"""The service's methods, and the requests for them."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable
from typing import Any

from keyhold.forms import Input, set_input
from keyhold.schemes import find_scheme
from keyhold.signer.v1 import key_pb2, sign_pb2, tls_pb2

SERVICE = "/keyhold.signer.v1.Signer/"

ROLES = {"server": tls_pb2.ROLE_SERVER, "client": tls_pb2.ROLE_CLIENT}
TLS_VERSIONS = {"1.2": tls_pb2.TLS_VERSION_1_2, "1.3": tls_pb2.TLS_VERSION_1_3}


@dataclasses.dataclass(frozen=True)
class Method:
    """A unary method: its name, and how its answer is read."""

    name: str
    parse: Callable[[bytes], Any]

    @property
    def path(self) -> str:
        return SERVICE + self.name


LIST_KEYS = Method("ListKeys", key_pb2.ListKeysResponse.FromString)
GET_KEY = Method("GetKey", key_pb2.GetKeyResponse.FromString)
CHOOSE_SCHEME = Method("ChooseScheme", sign_pb2.ChooseSchemeResponse.FromString)
SIGN = Method("Sign", sign_pb2.SignResponse.FromString)


@dataclasses.dataclass(frozen=True)
class Signature:
    """A signature, as TLS carries it.

    scheme: IANA's code point.
    signed_object: DER of what the service built (a CSR); else empty.
    """

    scheme: int
    signature: bytes
    signed_object: bytes = b""


def key_selector(
    key_id: str | None, spki_sha256: bytes | None, server_name: str | None
) -> key_pb2.KeySelector:
    """ValueError unless exactly one is given."""
    given = [value for value in (key_id, spki_sha256, server_name) if value is not None]
    if len(given) != 1:
        raise ValueError("name the key by one of key_id, spki_sha256 and server_name")
    return key_pb2.KeySelector(id=key_id, spki_sha256=spki_sha256, server_name=server_name)


def choose_request(
    spki_sha256: bytes, role: str, tls_version: str, offered: Iterable[int], server_name: str
) -> sign_pb2.ChooseSchemeRequest:
    """ValueError if the role is not "server" or "client", or the version not
    "1.2" or "1.3"."""
    if role not in ROLES or tls_version not in TLS_VERSIONS:
        raise ValueError(
            f"role {role!r}, TLS {tls_version!r}: expected server or client, 1.2 or 1.3"
        )
    return sign_pb2.ChooseSchemeRequest(
        spki_sha256=spki_sha256,
        role=ROLES[role],
        tls_version=TLS_VERSIONS[tls_version],
        server_name=server_name,
        offered=offered,
    )


def sign_request(
    spki_sha256: bytes,
    value: Input,
    scheme: int | str | None,
    offered: Iterable[int] | None,
    server_name: str,
) -> sign_pb2.SignRequest:
    """ValueError unless there is either a scheme or a list of offered ones."""
    if (scheme is None) == (offered is None):
        raise ValueError("give either scheme, or offered, from which the signer chooses")
    request = sign_pb2.SignRequest(
        request_id=os.urandom(16), spki_sha256=spki_sha256, server_name=server_name
    )
    if scheme is not None:
        request.scheme = find_scheme(scheme).code_point
    else:
        request.offered_schemes.extend(offered or ())
    set_input(request, value)
    return request


def serialize(request: Any, seconds_left: float) -> bytes:
    """A SignRequest goes out with the time that is left for it."""
    if isinstance(request, sign_pb2.SignRequest):
        request.time_left_us = int(seconds_left * 1e6)
    data: bytes = request.SerializeToString()
    return data
