"""An end without close_notify, seen from both sides."""

import socket
import ssl
import subprocess
import threading

from tests.e2e import fixture, peers, pki, processes


class ServerSees(fixture.SignerTest):

    @classmethod
    def set_up_host(cls, host):
        cls.site = host.add_key("www.example.test", "p256")

    def test_client_that_vanishes(self):
        server = self.server(self.site)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version=version):
                context = peers.python_context(self.host.sites.certificate, version)
                raw = socket.create_connection(("127.0.0.1", server.port), timeout=peers.SECONDS)
                tls = context.wrap_socket(raw, server_hostname="www.example.test")
                tls.sendall(b"GET / HTT")
                tls.shutdown(socket.SHUT_WR)  # a FIN, and no close_notify
                server.wait_for_line(lambda line: "unexpected EOF" in line)
                tls.close()


class ClientSees(fixture.SignerTest):

    @classmethod
    def set_up_host(cls, host):
        cls.client = host.add_key("client", "p256", usage="clientAuth")
        cls.site = pki.generate_key(host.folder / "site.key", "p256")
        host.sites.issue(cls.site, ["DNS:www.example.test"])

    def fetch_from(self, version, end):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.site.with_suffix(".crt"), self.site)
        context.minimum_version = context.maximum_version = version
        listener = socket.create_server(("127.0.0.1", 0))

        def serve():
            raw, _ = listener.accept()
            tls = context.wrap_socket(raw, server_side=True)
            tls.recv(4096)
            tls.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf a page")
            end(tls)

        thread = threading.Thread(target=serve)
        thread.start()
        done = subprocess.run(
            [processes.BIN / "deploy/examples/https_client", "--ca", self.host.sites.certificate,
             "--connect", f"127.0.0.1:{listener.getsockname()[1]}", "https://www.example.test/"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=peers.SECONDS)
        thread.join()
        listener.close()
        return done

    def test_with_and_without_close_notify(self):
        def clean(tls):
            tls.unwrap().close()

        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for end, code in ((clean, 0), (ssl.SSLSocket.close, 3)):
                with self.subTest(version=version, code=code):
                    done = self.fetch_from(version, end)
                    self.assertEqual(done.returncode, code, done.stdout)
                    self.assertIn("half a page", done.stdout)
                    self.assertEqual("unexpected EOF" in done.stdout, code == 3)
