"""TLS with remote keys, through the OpenSSL provider.

Python's ssl has no private key objects of its own: what it is given is a
file. With the provider in openssl.cnf that file names a remote key.
"""

import pathlib
import socket
import ssl
import threading

SECONDS = 20
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
ANSWER = b"HTTP/1.0 200 OK\r\n\r\nhello from python\n"


class UnsupportedError(Exception):
    """What this language cannot do, and the word that the run allows for it."""

    def __init__(self, word, message):
        super().__init__(message)
        self.word = word


class ProviderTls:
    """Servers and clients of Python's ssl."""

    def __init__(self, environment):
        self._provider = environment.get("provider")
        self._servers = {}

    def serve(self, command):
        context = self._context(ssl.PROTOCOL_TLS_SERVER, command)
        if "client_ca" in command:
            context.load_verify_locations(command["client_ca"])
            context.verify_mode = ssl.CERT_REQUIRED
        server = Server(context)
        self._servers[server.port] = server
        return server.port

    def stop(self, port):
        self._servers.pop(port).stop()

    def connect(self, command):
        context = self._context(ssl.PROTOCOL_TLS_CLIENT, command)
        context.load_verify_locations(command["ca"])
        address = ("127.0.0.1", command["port"])
        with (
            socket.create_connection(address, timeout=SECONDS) as raw,
            context.wrap_socket(raw, server_hostname=command["server_name"]) as tls,
        ):
            tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
            received = b""
            while part := tls.recv(4096):
                received += part
        return {"received": received.decode()}

    def _context(self, protocol, command):
        if self._provider is None:
            raise UnsupportedError("no-provider", "the provider is not built")
        context = ssl.SSLContext(protocol)
        version = VERSIONS[command["versions"][0]]
        context.minimum_version = context.maximum_version = version
        certificate = pathlib.Path(command["certificate"])
        key_files = pathlib.Path(self._provider["key_files"][command["identity"]])
        context.load_cert_chain(certificate, key_files / certificate.with_suffix(".key").name)
        return context


class Server:
    """Answers each connection with a greeting."""

    def __init__(self, context):
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            raw.settimeout(SECONDS)
            try:
                with self._context.wrap_socket(raw, server_side=True) as tls:
                    tls.recv(4096)
                    tls.sendall(ANSWER)
                    tls.unwrap()
            except OSError:
                raw.close()  # the peer sees why

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=SECONDS)
