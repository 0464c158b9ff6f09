"""Verifies signatures with the openssl program: no client's code."""

import subprocess

from tests.vectors.generate import SCHEMES, hash_of

NAMES = {code_point: name for name, code_point in SCHEMES.items()}


def verifies(folder, certificate, scheme, content, signature):
    """Whether `signature` is one of the scheme (code point) over `content`."""
    name = NAMES[scheme]
    public = folder / "public.pem"
    public.write_bytes(subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"],
                                      stdout=subprocess.PIPE, check=True).stdout)
    signed, made = folder / "content", folder / "signature"
    signed.write_bytes(content)
    made.write_bytes(signature)
    if name.startswith("ed"):
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-in", signed,
                   "-sigfile", made]
    else:
        options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        command = ["openssl", "dgst", "-" + hash_of(name), "-verify", public, "-signature", made,
                   *(options if "pss" in name else []), signed]
    return subprocess.run([str(part) for part in command], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def spki_sha256(certificate):
    """SHA-256 of the certificate's SubjectPublicKeyInfo, hexadecimal."""
    pem = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"],
                         stdout=subprocess.PIPE, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=pem,
                         stdout=subprocess.PIPE, check=True).stdout
    return subprocess.run(["sha256sum"], input=der, stdout=subprocess.PIPE,
                          check=True).stdout.decode().split()[0]


def read_csr(der):
    """A certificate request as text; ValueError if its signature is bad."""
    done = subprocess.run(["openssl", "req", "-inform", "DER", "-verify", "-noout", "-text"], input=der,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0 or b"verify OK" not in done.stderr:
        raise ValueError(f"the certificate request does not verify: {done.stderr.decode()}")
    return done.stdout.decode()
