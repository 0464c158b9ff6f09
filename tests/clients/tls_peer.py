"""A TLS server that is no client of Keyhold: Python's ssl with local keys."""

import socket
import ssl
import threading

SECONDS = 20
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class VerifyingServer:
    """Takes one connection, whose client certificate must be of `ca`, and
    answers one request with the client's name."""

    def __init__(self, certificate, key, ca, version):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(ca)
        context.verify_mode = ssl.CERT_REQUIRED
        context.minimum_version = context.maximum_version = VERSIONS[version]
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(SECONDS)
        self.port = self._listener.getsockname()[1]
        self.error = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        try:
            raw, _ = self._listener.accept()
            raw.settimeout(SECONDS)
            with self._context.wrap_socket(raw, server_side=True) as tls:
                names = [value for kind, value in tls.getpeercert()["subjectAltName"] if kind == "DNS"]
                tls.recv(4096)
                tls.sendall(f"HTTP/1.0 200 OK\r\n\r\nhello {names[0]}\n".encode())
                tls.unwrap()
        except (OSError, KeyError) as error:
            self.error = repr(error)

    def close(self):
        wake_and_close(self._listener)
        self._thread.join(timeout=SECONDS)


class SilentListener:
    """Accepts connections and says nothing."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._taken = []
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self):
        return f"localhost:{self.port}"

    def _accept(self):
        while True:
            try:
                self._taken.append(self._listener.accept()[0])
            except OSError:
                return

    def close(self):
        wake_and_close(self._listener)
        for taken in self._taken:
            taken.close()


def wake_and_close(listener):
    """Closes a listening socket, and ends an accept() in another thread."""
    try:
        listener.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # nobody waits
    listener.close()


def closed_port():
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
