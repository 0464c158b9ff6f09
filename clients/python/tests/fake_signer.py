"""A signer in this process, which does as it is told."""

import concurrent.futures
import threading

import grpc
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

from keyhold.schemes import Algorithm, find_scheme
from keyhold.signer.v1 import key_pb2, sign_pb2, tls_pb2

HASHES = {
    tls_pb2.HASH_SHA256: hashes.SHA256(),
    tls_pb2.HASH_SHA384: hashes.SHA384(),
    tls_pb2.HASH_SHA512: hashes.SHA512(),
}


def refusal(code, reason, message="refused by the test"):
    """(code, message, details) of a refusal, as the service sends it."""
    status = status_pb2.Status(code=code.value[0], message=message)
    info = error_details_pb2.ErrorInfo(reason=reason, domain="keyhold")
    info.metadata["policy_version"] = "ab" * 16
    packed = any_pb2.Any()
    packed.Pack(info)
    status.details.append(packed)
    return code, message, status.SerializeToString()


class FakeSigner:
    """Serves on a UNIX socket.

    faults: taken from the front, one a call: a refusal(), or an Event that
        the answer waits for.
    requests: what came, in order.
    """

    def __init__(self, path):
        self.endpoint = f"unix:{path}"
        self.keys = {}
        self.faults = []
        self.requests = []
        self.released = threading.Event()
        self._server = None
        self._threads = concurrent.futures.ThreadPoolExecutor(8)

    def start(self):
        self._server = grpc.server(self._threads)
        methods = {
            "ListKeys": (key_pb2.ListKeysRequest, self._list_keys),
            "GetKey": (key_pb2.GetKeyRequest, self._get_key),
            "ChooseScheme": (sign_pb2.ChooseSchemeRequest, self._choose),
            "Sign": (sign_pb2.SignRequest, self._sign),
        }
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(
                self._with_faults(handler),
                request_deserializer=kind.FromString,
                response_serializer=lambda message: message.SerializeToString(),
            )
            for name, (kind, handler) in methods.items()
        }
        service = grpc.method_handlers_generic_handler("keyhold.signer.v1.Signer", handlers)
        self._server.add_generic_rpc_handlers((service,))
        self._server.add_insecure_port(self.endpoint)
        self._server.start()
        return self

    def stop(self):
        self.released.set()
        if self._server:
            self._server.stop(grace=None).wait()
            self._server = None

    def add_key(self, key_id, private_key):
        """A local key; returns its SHA-256."""
        spki = private_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        hasher = hashes.Hash(hashes.SHA256())
        hasher.update(spki)
        types = {
            "RSA": key_pb2.KEY_TYPE_RSA,
            "secp256r1": key_pb2.KEY_TYPE_ECDSA_P256,
            "secp384r1": key_pb2.KEY_TYPE_ECDSA_P384,
            "Ed25519": key_pb2.KEY_TYPE_ED25519,
        }
        if isinstance(private_key, rsa.RSAPrivateKey):
            name = "RSA"
        elif isinstance(private_key, ed25519.Ed25519PrivateKey):
            name = "Ed25519"
        else:
            name = private_key.curve.name
        key = key_pb2.Key(id=key_id, type=types[name], spki=spki, spki_sha256=hasher.finalize())
        self.keys[key.spki_sha256] = (key, private_key)
        return key.spki_sha256

    def _with_faults(self, handler):
        def handle(request, context):
            self.requests.append(request)
            if self.faults:
                fault = self.faults.pop(0)
                if isinstance(fault, threading.Event):
                    fault.wait(timeout=30)
                else:
                    code, message, details = fault
                    context.set_trailing_metadata((("grpc-status-details-bin", details),))
                    context.abort(code, message)
            return handler(request)

        return handle

    def _list_keys(self, request):
        keys = [key for key, _ in self.keys.values()]
        start = int(request.page_token or 0)
        token = str(start + 1) if start + 1 < len(keys) else ""  # pages of one
        return key_pb2.ListKeysResponse(keys=keys[start : start + 1], next_page_token=token)

    def _get_key(self, request):
        key, _ = self.keys[request.selector.spki_sha256]
        return key_pb2.GetKeyResponse(keys=[key])

    def _choose(self, request):
        return sign_pb2.ChooseSchemeResponse(scheme=request.offered[0])

    def _sign(self, request):
        _, private_key = self.keys[request.spki_sha256]
        signature = sign_locally(private_key, request)
        return sign_pb2.SignResponse(scheme=request.scheme, signature=signature)


def sign_locally(private_key, request):
    """Digests and messages only; other forms get a stand-in."""
    scheme = find_scheme(request.scheme)
    form = request.WhichOneof("input")
    if form == "message":
        return private_key.sign(request.message)
    if form != "digest":
        return b"a signature"
    prehashed = utils.Prehashed(HASHES[request.digest.hash])
    if scheme.algorithm is Algorithm.ECDSA:
        return private_key.sign(request.digest.value, ec.ECDSA(prehashed))
    if scheme.algorithm is Algorithm.RSA_PKCS1:
        return private_key.sign(request.digest.value, padding.PKCS1v15(), prehashed)
    pss = padding.PSS(padding.MGF1(scheme.hash), padding.PSS.DIGEST_LENGTH)
    return private_key.sign(request.digest.value, pss, prehashed)
