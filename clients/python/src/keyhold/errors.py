"""What goes wrong between this process and the signer."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

DOMAIN = "keyhold"


class SignerError(Exception):
    """A call that failed. docs/errors.md lists every status and reason.

    status: gRPC's code, for instance grpc.StatusCode.PERMISSION_DENIED.
    reason: the signer's word for it ("USAGE_NOT_ALLOWED"); empty where no
        signer answered.
    policy_version: hexadecimal digits; empty where no signer answered.
    """

    def __init__(
        self, status: grpc.StatusCode, reason: str, message: str, policy_version: str = ""
    ) -> None:
        super().__init__(f"{status.name}{f' ({reason})' if reason else ''}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.policy_version = policy_version


def read_details(details: bytes) -> tuple[str, str]:
    """(reason, policy_version) of a serialized google.rpc.Status; empty if it is none."""
    try:
        status = status_pb2.Status.FromString(details)
        for detail in status.details:
            info = error_details_pb2.ErrorInfo()
            if detail.Unpack(info) and info.domain == DOMAIN:
                return info.reason, info.metadata.get("policy_version", "")
    except DecodeError:
        pass  # not from a signer: there is a status all the same
    return "", ""


def from_rpc_error(error: grpc.RpcError | grpc.aio.AioRpcError, asked: str) -> SignerError:
    """`asked` says who was asked: an endpoint."""
    code: grpc.StatusCode = error.code()
    message = error.details() or "no message"
    reason = policy_version = ""
    trailing: Any = error.trailing_metadata() or ()
    for key, value in trailing:
        if key == "grpc-status-details-bin":
            reason, policy_version = read_details(value)
    return SignerError(code, reason, f"{asked}: {message}", policy_version)


def no_transport(asked: str, cause: Exception) -> SignerError:
    """The TLS files cannot be used. UNAVAILABLE: they may be in the middle of a renewal."""
    return SignerError(grpc.StatusCode.UNAVAILABLE, "", f"{asked}: the TLS files: {cause}")


def closed(asked: str) -> SignerError:
    """A call of a client that is closed."""
    return SignerError(grpc.StatusCode.CANCELLED, "", f"{asked}: the client is closed")
