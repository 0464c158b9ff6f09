"""Both clients against a signer that does as it is told."""

import asyncio
import threading

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from fake_signer import refusal
from keyhold import AsyncSignerClient, SignerClient, SignerError
from keyhold.signer.v1 import sign_pb2, tls_pb2

VERIFY = sign_pb2.Tls13CertificateVerify(role=tls_pb2.ROLE_SERVER, transcript_hash=b"h" * 32)


@pytest.fixture
def key():
    return ec.generate_private_key(ec.SECP256R1())


def sign(client, spki_sha256, **options):
    return client.sign(spki_sha256, VERIFY, "ecdsa_secp256r1_sha256", **options)


def test_sign_sends_what_it_was_given(make_client, signer, key):
    spki_sha256 = signer.add_key("www", key)
    made = sign(make_client([signer.endpoint]), spki_sha256, server_name="www.example.test")
    assert made.signature == b"a signature"
    assert made.scheme == 0x0403
    (request,) = signer.requests
    assert request.tls13_certificate_verify == VERIFY
    assert request.server_name == "www.example.test"
    assert len(request.request_id) == 16
    assert 0 < request.time_left_us <= 2_000_000


def test_list_keys_reads_all_pages(make_client, signer):
    for key_id in ("a", "b", "c"):
        signer.add_key(key_id, ec.generate_private_key(ec.SECP256R1()))
    keys = list(make_client([signer.endpoint]).list_keys())
    assert [key.id for key in keys] == ["a", "b", "c"]


def test_choose_scheme(make_client, signer):
    client = make_client([signer.endpoint])
    assert client.choose_scheme(b"x" * 32, [0x0804], "client", "1.2") == 0x0804
    assert signer.requests[0].tls_version == tls_pb2.TLS_VERSION_1_2
    assert signer.requests[0].role == tls_pb2.ROLE_CLIENT


def test_refusal_keeps_its_reason_and_is_not_repeated(make_client, signer, key):
    spki_sha256 = signer.add_key("www", key)
    signer.faults = [refusal(grpc.StatusCode.PERMISSION_DENIED, "USAGE_NOT_ALLOWED")]
    with pytest.raises(SignerError, match="refused by the test") as caught:
        sign(make_client([signer.endpoint]), spki_sha256)
    assert caught.value.status is grpc.StatusCode.PERMISSION_DENIED
    assert caught.value.reason == "USAGE_NOT_ALLOWED"
    assert caught.value.policy_version == "ab" * 16
    assert signer.endpoint in str(caught.value)
    assert len(signer.requests) == 1


def test_unavailable_is_repeated_with_the_same_request_id(make_client, signer, key):
    spki_sha256 = signer.add_key("www", key)
    signer.faults = [refusal(grpc.StatusCode.UNAVAILABLE, "DRAINING")] * 3
    assert sign(make_client([signer.endpoint]), spki_sha256).signature
    assert len({request.request_id for request in signer.requests}) == 1
    assert len(signer.requests) == 4


def test_unavailable_until_the_deadline_ends_with_its_reason(make_client, signer, key):
    spki_sha256 = signer.add_key("www", key)
    signer.faults = [refusal(grpc.StatusCode.UNAVAILABLE, "DRAINING")] * 1000
    with pytest.raises(SignerError) as caught:
        sign(make_client([signer.endpoint]), spki_sha256, timeout=0.3)
    assert caught.value.reason == "DRAINING"


def test_at_the_deadline_what_failed_before_is_told(make_client, signer, key):
    spki_sha256 = signer.add_key("www", key)
    signer.faults = [refusal(grpc.StatusCode.UNAVAILABLE, "DRAINING"), signer.released]
    with pytest.raises(SignerError) as caught:
        sign(make_client([signer.endpoint]), spki_sha256, timeout=0.3)
    assert caught.value.reason == "DRAINING"


def test_silent_signer_ends_at_the_deadline(make_client, signer, key):
    spki_sha256 = signer.add_key("www", key)
    signer.faults = [signer.released]
    with pytest.raises(SignerError) as caught:
        sign(make_client([signer.endpoint]), spki_sha256, timeout=0.1)
    assert caught.value.status is grpc.StatusCode.DEADLINE_EXCEEDED
    assert caught.value.reason == ""


def test_the_next_endpoint_is_asked_and_remembered(make_client, make_signer, key):
    first, second = make_signer(), make_signer()
    spki_sha256 = second.add_key("www", key)
    first.faults = [refusal(grpc.StatusCode.UNAVAILABLE, "DRAINING")]
    client = make_client([first.endpoint, second.endpoint])
    assert sign(client, spki_sha256).signature
    assert sign(client, spki_sha256).signature
    assert len(first.requests) == 1
    assert len(second.requests) == 2


def test_a_silent_endpoint_leaves_time_for_the_next(make_client, make_signer, key):
    first, second = make_signer(), make_signer()
    spki_sha256 = second.add_key("www", key)
    first.faults = [first.released]
    client = make_client([first.endpoint, second.endpoint])
    assert sign(client, spki_sha256, timeout=0.5).signature


def test_data_loss_goes_elsewhere_but_not_to_the_same_signer(make_client, make_signer, key):
    faulty, good = make_signer(), make_signer()
    spki_sha256 = good.add_key("www", key)
    loss = refusal(grpc.StatusCode.DATA_LOSS, "SIGNATURE_CHECK_FAILED")
    faulty.faults = [loss, loss]
    assert sign(make_client([faulty.endpoint, good.endpoint]), spki_sha256).signature
    with pytest.raises(SignerError) as caught:
        sign(make_client([faulty.endpoint]), spki_sha256)
    assert caught.value.reason == "SIGNATURE_CHECK_FAILED"
    assert len(faulty.requests) == 2


def test_a_signer_that_comes_back(make_client, signer, key):
    spki_sha256 = signer.add_key("www", key)
    client = make_client([signer.endpoint])
    assert sign(client, spki_sha256).signature
    signer.stop()
    starter = threading.Timer(0.05, signer.start)
    starter.start()
    assert sign(client, spki_sha256, timeout=20).signature
    starter.join()


def test_details_that_are_none_leave_the_status(make_client, signer, key):
    spki_sha256 = signer.add_key("www", key)
    signer.faults = [(grpc.StatusCode.NOT_FOUND, "refused by a stranger", b"\xff\xff")]
    with pytest.raises(SignerError, match="refused by a stranger") as caught:
        sign(make_client([signer.endpoint]), spki_sha256)
    assert caught.value.status is grpc.StatusCode.NOT_FOUND
    assert caught.value.reason == ""


def test_a_closed_client_asks_nobody(signer, key):
    spki_sha256 = signer.add_key("www", key)
    client = SignerClient([signer.endpoint])
    assert sign(client, spki_sha256).signature
    client.close()
    with pytest.raises(SignerError, match="the client is closed") as caught:
        sign(client, spki_sha256)
    assert caught.value.status is grpc.StatusCode.CANCELLED
    assert len(signer.requests) == 1


def test_a_closed_asyncio_client_asks_nobody(signer, key):
    spki_sha256 = signer.add_key("www", key)

    async def run():
        async with AsyncSignerClient([signer.endpoint]) as client:
            assert (await sign(client, spki_sha256)).signature
        with pytest.raises(SignerError, match="the client is closed"):
            await sign(client, spki_sha256)

    asyncio.run(run())
    assert len(signer.requests) == 1


def test_cancelling_the_task_cancels_the_call(signer, key):
    spki_sha256 = signer.add_key("www", key)
    signer.faults = [signer.released]

    async def cancel():
        async with AsyncSignerClient([signer.endpoint]) as client:
            task = asyncio.create_task(sign(client, spki_sha256))
            while not signer.requests:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(cancel())


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda client: client.sign(b"", VERIFY), "either scheme, or offered"),
        (lambda client: client.sign(b"", VERIFY, "rsa_sha1"), "no signature scheme"),
        (lambda client: client.get_keys(), "by one of"),
        (lambda client: client.choose_scheme(b"", [], role="peer"), "expected server or client"),
    ],
)
def test_wrong_arguments(signer, call, text):
    with SignerClient([signer.endpoint]) as client, pytest.raises(ValueError, match=text):
        call(client)
    assert not signer.requests


def test_endpoints_must_be_named_and_secured():
    with pytest.raises(ValueError, match="name at least one"):
        SignerClient([])
    with pytest.raises(ValueError, match="needs tls"):
        SignerClient(["localhost:7443"])
