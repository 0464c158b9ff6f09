"""The asyncio client: as SignerClient, with coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import grpc

from keyhold import protocol
from keyhold.attempts import Attempt, Attempts, Endpoints
from keyhold.client import DEFAULT_TIMEOUT
from keyhold.errors import SignerError, closed, from_rpc_error, no_transport
from keyhold.forms import Input
from keyhold.protocol import Method, Signature
from keyhold.signer.v1 import key_pb2
from keyhold.transport import TlsFiles, Transport


class AsyncSignerClient:
    """SignerClient for asyncio. Belongs to the event loop that first uses it.

    Cancelling the task cancels the call.
    """

    def __init__(
        self,
        endpoints: Sequence[str],
        tls: TlsFiles | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        self._endpoints = Endpoints(list(endpoints))
        self._timeout = timeout
        self._channels = [_Channel(Transport(address, tls)) for address in endpoints]

    async def __aenter__(self) -> AsyncSignerClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        for channel in self._channels:
            await channel.close()

    async def list_keys(self, timeout: float | None = None) -> AsyncIterator[key_pb2.Key]:
        """All keys that this identity may know of, without chains."""
        request = key_pb2.ListKeysRequest()
        while True:
            answer = await self._call(protocol.LIST_KEYS, request, timeout)
            for key in answer.keys:
                yield key
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token

    async def get_keys(
        self,
        key_id: str | None = None,
        spki_sha256: bytes | None = None,
        server_name: str | None = None,
        timeout: float | None = None,
    ) -> list[key_pb2.Key]:
        """The keys of one name, with their certificate chains: at least one."""
        selector = protocol.key_selector(key_id, spki_sha256, server_name)
        request = key_pb2.GetKeyRequest(selector=selector)
        return list((await self._call(protocol.GET_KEY, request, timeout)).keys)

    async def choose_scheme(
        self,
        spki_sha256: bytes,
        offered: Iterable[int],
        role: str = "server",
        tls_version: str = "1.3",
        server_name: str = "",
        timeout: float | None = None,
    ) -> int:
        """The scheme that the signer would take among those offered."""
        request = protocol.choose_request(spki_sha256, role, tls_version, offered, server_name)
        return int((await self._call(protocol.CHOOSE_SCHEME, request, timeout)).scheme)

    async def sign(
        self,
        spki_sha256: bytes,
        value: Input,
        scheme: int | str | None = None,
        offered: Iterable[int] | None = None,
        server_name: str = "",
        timeout: float | None = None,
    ) -> Signature:
        """Signs `value` with a scheme, or with the signer's choice of `offered`."""
        request = protocol.sign_request(spki_sha256, value, scheme, offered, server_name)
        answer = await self._call(protocol.SIGN, request, timeout)
        return Signature(answer.scheme, answer.signature, answer.signed_object)

    async def _call(self, method: Method, request: Any, timeout: float | None) -> Any:
        attempts = Attempts(self._endpoints, self._timeout if timeout is None else timeout)
        while True:
            attempt = attempts.begin()
            try:
                answer = await self._channels[attempt.index].call(method, request, attempt)
            except SignerError as error:
                await asyncio.sleep(attempts.failed(error))
                continue
            attempts.succeeded(attempt)
            return answer


class _Channel:
    """The channel to one endpoint, made anew when the TLS files changed."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._channel: grpc.aio.Channel | None = None
        self._calls: dict[str, Any] = {}
        self._failed = False
        self._closed = False

    async def call(self, method: Method, request: Any, attempt: Attempt) -> Any:
        stub = self._stub(method)
        try:
            answer = await stub(
                protocol.serialize(request, attempt.timeout), timeout=attempt.timeout
            )
        except grpc.aio.AioRpcError as error:
            self._failed = error.code() == grpc.StatusCode.UNAVAILABLE
            raise from_rpc_error(error, attempt.address) from error
        self._failed = False
        return answer

    async def close(self) -> None:
        self._closed = True
        if self._channel is not None:
            await self._channel.close()

    def _stub(self, method: Method) -> Any:
        if self._closed:
            raise closed(self._transport.address)
        if self._channel is None or self._transport.is_stale(self._failed):
            self._renew()
        if method.name not in self._calls:
            assert self._channel is not None
            self._calls[method.name] = self._channel.unary_unary(
                method.path, request_serializer=None, response_deserializer=method.parse
            )
        return self._calls[method.name]

    def _renew(self) -> None:
        """A channel with the TLS files as they are; the old one if they cannot be used."""
        try:
            fresh = self._open()
        except (OSError, ValueError) as error:
            if self._channel is None:
                raise no_transport(self._transport.address, error) from error
            return
        self._channel, self._calls = fresh, {}  # calls under way end by themselves

    def _open(self) -> grpc.aio.Channel:
        credentials = self._transport.credentials()
        options = self._transport.options()
        if credentials is None:
            return grpc.aio.insecure_channel(self._transport.address, options=options)
        return grpc.aio.secure_channel(self._transport.address, credentials, options=options)
