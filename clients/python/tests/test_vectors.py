"""The golden vectors: tests/vectors/README.md."""

import json
import pathlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from conformance_program import to_input
from keyhold import find_scheme, forms
from keyhold.errors import read_details
from keyhold.protocol import ROLES, TLS_VERSIONS
from keyhold.schemes import Algorithm
from keyhold.signer.v1 import sign_pb2

ROOT = pathlib.Path(__file__).resolve().parents[3]
VECTORS = json.loads((ROOT / "tests/vectors/vectors.json").read_text())
KEYS = {key["name"]: key for key in VECTORS["keys"]}
WITH_CONTENT = [vector for vector in VECTORS["sign"] if "to_be_signed" in vector]


def named(vectors):
    return pytest.mark.parametrize("vector", vectors, ids=lambda vector: vector["name"])


def input_of(vector):
    value = vector["request"][vector["form"]]
    fields = value if isinstance(value, dict) else {"message": value}
    return to_input({"form": vector["form"], **fields})


@named(VECTORS["sign"])
def test_sign_request(vector):
    fields = vector["request"]
    request = sign_pb2.SignRequest(
        id=fields.get("id"),
        request_id=bytes.fromhex(fields.get("request_id", "")),
        time_left_us=fields.get("time_left_us"),
        traceparent=fields.get("traceparent"),
        spki_sha256=bytes.fromhex(fields["spki_sha256"]),
        scheme=fields.get("scheme"),
        offered_schemes=fields.get("offered_schemes"),
        server_name=fields.get("server_name"),
    )
    forms.set_input(request, input_of(vector))
    assert request.SerializeToString().hex() == vector["request_bytes"]


@named(VECTORS["choose"])
def test_choose_request(vector):
    fields = vector["request"]
    request = sign_pb2.ChooseSchemeRequest(
        spki_sha256=bytes.fromhex(fields["spki_sha256"]),
        role=ROLES[fields["role"]],
        tls_version=TLS_VERSIONS[fields["tls_version"]],
        server_name=fields.get("server_name"),
        offered=fields["offered"],
    )
    assert request.SerializeToString().hex() == vector["request_bytes"]


def verify(key, scheme, content, signature):
    if scheme.algorithm is Algorithm.EDDSA:
        key.verify(signature, content)
    elif scheme.algorithm is Algorithm.ECDSA:
        key.verify(signature, content, ec.ECDSA(scheme.hash))
    elif scheme.algorithm is Algorithm.RSA_PKCS1:
        key.verify(signature, content, padding.PKCS1v15(), scheme.hash)
    else:
        pss = padding.PSS(padding.MGF1(scheme.hash), padding.PSS.DIGEST_LENGTH)
        key.verify(signature, content, pss, scheme.hash)


@named(WITH_CONTENT)
def test_signature(vector):
    key = load_der_public_key(bytes.fromhex(KEYS[vector["key"]]["spki"]))
    scheme = find_scheme(vector["scheme"])
    content = bytes.fromhex(vector["to_be_signed"])
    signature = bytes.fromhex(vector["signature"])
    if vector["verifies"]:
        verify(key, scheme, content, signature)
    else:
        with pytest.raises(InvalidSignature):
            verify(key, scheme, content, signature)


@named(WITH_CONTENT)
def test_content_is_recognised(vector):
    found = forms.recognise(bytes.fromhex(vector["to_be_signed"]))
    structured = vector["form"].startswith("tls")
    assert found == (input_of(vector) if structured else None)


@named(VECTORS["not_structured"])
def test_what_only_looks_structured_is_not(vector):
    assert forms.recognise(bytes.fromhex(vector["bytes"])) is None


@named(VECTORS["errors"])
def test_reason(vector):
    details = bytes.fromhex(vector["details"])
    assert read_details(details) == (vector["reason"], vector["policy_version"])
