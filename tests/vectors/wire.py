"""Protocol Buffers' wire format, as far as the vectors need it.

Written out here, so that the vectors do not come from a library that they
are to check. Fields go in the order of their numbers; defaults are left out,
as proto3 does.
"""


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def number(field, value, explicit=False):
    """A varint field; `explicit` for `optional`, which keeps a zero."""
    return varint(field << 3) + varint(value) if value or explicit else b""


def data(field, value, explicit=False):
    """A field of bytes, of a string, or a message that is set."""
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value if value or explicit else b""


def packed(field, values):
    return data(field, b"".join(varint(value) for value in values))


ROLES = {"server": 1, "client": 2}
HASHES = {"sha256": 1, "sha384": 2, "sha512": 3}
TLS_VERSIONS = {"1.2": 0x0303, "1.3": 0x0304}


def _tls13(value):
    return number(1, ROLES[value["role"]]) + data(2, bytes.fromhex(value["transcript_hash"]))


def _key_exchange(value):
    return (data(1, bytes.fromhex(value["client_random"])) + data(2, bytes.fromhex(value["server_random"]))
            + number(3, value["curve"]) + data(4, bytes.fromhex(value["public_point"])))


def _self_signed(value):
    return b"".join(data(1, name) for name in value["dns_names"]) + number(2, value.get("valid_days", 0))


def _csr(value):
    return data(1, value.get("common_name", "")) + b"".join(data(2, name) for name in value.get("dns_names", []))


def _delegated(value):
    return (number(1, ROLES[value["role"]]) + number(2, value["valid_time"])
            + number(3, value["dc_cert_verify_algorithm"]) + data(4, bytes.fromhex(value["spki"])))


# SignRequest.input: field number, and how its value is written.
INPUTS = {
    "tls13_certificate_verify": (16, _tls13),
    "tls12_server_key_exchange": (17, _key_exchange),
    "tls12_certificate_verify": (18, lambda value: data(1, bytes.fromhex(value["handshake_messages"]))),
    "digest": (19, lambda value: number(1, HASHES[value["hash"]]) + data(2, bytes.fromhex(value["value"]))),
    "message": (20, bytes.fromhex),
    "csr": (21, _csr),
    "self_signed_certificate": (22, _self_signed),
    "delegated_credential": (23, _delegated),
}


def sign_request(request):
    out = number(1, request.get("id", 0))
    out += data(2, bytes.fromhex(request.get("request_id", "")))
    if "time_left_us" in request:
        out += number(3, request["time_left_us"], explicit=True)
    out += data(4, request.get("traceparent", ""))
    out += data(5, bytes.fromhex(request["spki_sha256"]))
    out += number(6, request.get("scheme", 0))
    out += packed(7, request.get("offered_schemes", []))
    out += data(8, request.get("server_name", ""))
    for form, (field, encode) in INPUTS.items():
        if form in request:
            out += data(field, encode(request[form]), explicit=True)
    return out


def choose_scheme_request(request):
    return (data(1, bytes.fromhex(request["spki_sha256"])) + number(2, ROLES[request["role"]])
            + number(3, TLS_VERSIONS[request["tls_version"]]) + data(4, request.get("server_name", ""))
            + packed(5, request["offered"]))


def error_status(code, message, reason, policy_version):
    """google.rpc.Status with the ErrorInfo of a refusal, if it has a reason."""
    status = number(1, code) + data(2, message)
    if reason:
        metadata = data(1, "policy_version") + data(2, policy_version)
        info = data(1, reason) + data(2, "keyhold") + data(3, metadata)
        status += data(3, data(1, "type.googleapis.com/google.rpc.ErrorInfo") + data(2, info))
    return status
