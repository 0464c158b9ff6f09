"""How this process reaches a signer, and as whom."""

from __future__ import annotations

import dataclasses
import pathlib
import time
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import serialization

CHECK_SECONDS = 10.0

CHANNEL_OPTIONS: list[tuple[str, Any]] = [
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.enable_http_proxy", 0),
]


@dataclasses.dataclass(frozen=True)
class TlsFiles:
    """PEM files of mutual TLS. They are read again when they change.

    certificate: chain of this process's own certificate: its identity.
    private_key: the key of that certificate.
    ca: what the signer's certificate is checked with.
    server_name: the name in the signer's certificate, if it is not the
        endpoint's host.
    """

    certificate: str | pathlib.Path
    private_key: str | pathlib.Path
    ca: str | pathlib.Path
    server_name: str = ""

    def versions(self) -> tuple[tuple[int, int], ...]:
        """Changes when one of the files does."""
        paths = (self.certificate, self.private_key, self.ca)
        stats = [pathlib.Path(path).stat() for path in paths]
        return tuple((stat.st_mtime_ns, stat.st_ino) for stat in stats)

    def credentials(self) -> grpc.ChannelCredentials:
        """OSError or ValueError if a file cannot be used, or the key is another certificate's.

        gRPC would find that out too late: its channel fails from then on.
        """
        certificate = pathlib.Path(self.certificate).read_bytes()
        private_key = pathlib.Path(self.private_key).read_bytes()
        ca = pathlib.Path(self.ca).read_bytes()
        x509.load_pem_x509_certificates(ca)
        leaf = x509.load_pem_x509_certificates(certificate)[0]
        key = serialization.load_pem_private_key(private_key, password=None)
        if leaf.public_key() != key.public_key():
            raise ValueError(f"{self.private_key} is not the key of {self.certificate}")
        return grpc.ssl_channel_credentials(ca, private_key, certificate)


class Transport:
    """The credentials of one endpoint's channel, and whether they are stale."""

    def __init__(self, address: str, tls: TlsFiles | None) -> None:
        if tls is None and not address.startswith("unix:"):
            raise ValueError(f"{address} needs tls: only unix:PATH goes without")
        self.address = address
        self._tls = tls
        self._versions: tuple[tuple[int, int], ...] = ()
        self._checked = 0.0

    def credentials(self) -> grpc.ChannelCredentials | None:
        """Of the files as they are now; None where there are none. Fails as theirs."""
        if self._tls is None or self.address.startswith("unix:"):
            return None
        self._checked = time.monotonic()
        versions = self._tls.versions()
        credentials = self._tls.credentials()
        self._versions = versions
        return credentials

    def options(self) -> list[tuple[str, Any]]:
        if self._tls is None or not self._tls.server_name:
            return CHANNEL_OPTIONS
        return [*CHANNEL_OPTIONS, ("grpc.ssl_target_name_override", self._tls.server_name)]

    def is_stale(self, after_failure: bool) -> bool:
        """Whether the files changed; looks every 10 s, or after a failure."""
        if self._tls is None or self.address.startswith("unix:"):
            return False
        if not after_failure and time.monotonic() - self._checked < CHECK_SECONDS:
            return False
        self._checked = time.monotonic()
        try:
            return self._tls.versions() != self._versions
        except OSError:
            return False  # being replaced: the next look will see them
