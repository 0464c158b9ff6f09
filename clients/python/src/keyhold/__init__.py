"""Private keys that a Keyhold signer keeps."""

from keyhold.aio import AsyncSignerClient
from keyhold.client import SignerClient
from keyhold.errors import SignerError
from keyhold.forms import Input, digest, recognise
from keyhold.private_keys import PrivateKey, load_private_key, private_key_of
from keyhold.protocol import Signature
from keyhold.schemes import SCHEMES, Scheme, find_scheme
from keyhold.transport import TlsFiles

__all__ = [
    "SCHEMES",
    "AsyncSignerClient",
    "Input",
    "PrivateKey",
    "Scheme",
    "Signature",
    "SignerClient",
    "SignerError",
    "TlsFiles",
    "digest",
    "find_scheme",
    "load_private_key",
    "private_key_of",
    "recognise",
]
