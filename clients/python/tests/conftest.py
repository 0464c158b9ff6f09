import asyncio

import pytest

from fake_signer import FakeSigner
from keyhold import AsyncSignerClient, SignerClient


@pytest.fixture
def make_signer(tmp_path):
    """Starts fake signers; each ends with the test."""
    started = []

    def make():
        signer = FakeSigner(tmp_path / f"signer{len(started)}").start()
        started.append(signer)
        return signer

    yield make
    for signer in started:
        signer.stop()


@pytest.fixture
def signer(make_signer):
    return make_signer()


class AsyncAsBlocking:
    """The asyncio client behind the blocking one's methods."""

    def __init__(self, endpoints, timeout=2.0):
        self.loop = asyncio.new_event_loop()
        self.client = AsyncSignerClient(endpoints, timeout=timeout)

    def __getattr__(self, name):
        method = getattr(self.client, name)

        def call(*arguments, **options):
            result = method(*arguments, **options)
            if hasattr(result, "__aiter__"):
                return self.loop.run_until_complete(collect(result))
            return self.loop.run_until_complete(result)

        return call

    def close(self):
        self.loop.run_until_complete(self.client.close())
        self.loop.close()


async def collect(items):
    return [item async for item in items]


@pytest.fixture(params=[SignerClient, AsyncAsBlocking], ids=["blocking", "asyncio"])
def make_client(request):
    """Makes a client, blocking or asyncio: both behave the same."""
    made = []

    def make(endpoints, **options):
        made.append(request.param(endpoints, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()
