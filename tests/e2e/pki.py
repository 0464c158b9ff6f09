"""Keys and certificates for the tests, made with the openssl program."""

import pathlib
import subprocess

# For each type of key: the arguments of `openssl genpkey`.
KEY_TYPES = {
    "rsa2048": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa3072": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
    "rsapss": ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
    "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "p521": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "ed25519": ["-algorithm", "ED25519"],
    "ed448": ["-algorithm", "ED448"],
}


def openssl(*arguments, text=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(map(str, arguments))}:\n{done.stderr}")
    return done.stdout


def generate_key(path, key_type):
    openssl("genpkey", *KEY_TYPES[key_type], "-out", path)
    path.chmod(0o600)
    return path


class Authority:
    """A certificate authority in a folder of its own."""

    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key = generate_key(self.folder / f"{name}.key", "p256")
        self.certificate = self.folder / f"{name}.crt"
        openssl("req", "-x509", "-new", "-key", self.key, "-subj", f"/CN={name}", "-days", "3650",
                "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", self.certificate)

    def issue(self, key, names, usage="serverAuth", days=30, certificate=None):
        """Issues a certificate for a key file, beside it as NAME.crt.

        `names` are entries of subjectAltName ("DNS:www.example.test");
        negative `days` make a certificate that has expired.
        """
        key = pathlib.Path(key)
        certificate = pathlib.Path(certificate or key.with_suffix(".crt"))
        extensions = certificate.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={','.join(names)}\n"
                              f"extendedKeyUsage={usage}\nkeyUsage=digitalSignature\n")
        common_name = names[0].split(":", 1)[1][:64].replace("/", "\\/")
        request = openssl("req", "-new", "-key", key, "-subj", "/CN=" + common_name)
        dates = ["-days", str(days)]
        if days < 0:
            # openssl x509 takes only a length: an end in the past needs `ca`.
            return self._issue_expired(request, extensions, certificate)
        openssl("x509", "-req", "-CA", self.certificate, "-CAkey", self.key, "-extfile", extensions,
                "-out", certificate, *dates, text=request)
        return certificate

    def revoke(self, certificate, folder, number=0):
        """Puts a revocation list that names all certificates revoked so far
        into a folder, as `openssl rehash` would name it."""
        self._write_ca_config()
        ca = ["ca", "-config", self.folder / "ca.cnf", "-cert", self.certificate, "-keyfile", self.key]
        openssl(*ca, "-revoke", certificate)
        crl = self.folder / "list.crl"
        openssl(*ca, "-gencrl", "-crldays", "1", "-out", crl)
        name = openssl("crl", "-hash", "-noout", "-in", crl).strip()
        folder = pathlib.Path(folder)
        folder.mkdir(exist_ok=True)
        crl.rename(folder / f"{name}.r{number}")

    def _write_ca_config(self):
        (self.folder / "index.txt").touch()
        (self.folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca=a\n[a]\n"
            f"database={self.folder}/index.txt\nnew_certs_dir={self.folder}\nrand_serial=yes\n"
            "default_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n")

    def _issue_expired(self, request, extensions, certificate):
        self._write_ca_config()
        csr = certificate.with_suffix(".csr")
        csr.write_text(request)
        openssl("ca", "-batch", "-config", self.folder / "ca.cnf", "-cert", self.certificate,
                "-keyfile", self.key, "-in", csr, "-out", certificate, "-notext",
                "-startdate", "20200101000000Z", "-enddate", "20200201000000Z", "-extfile", extensions)
        return certificate
