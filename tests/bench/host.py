"""An application host with stock servers, for the benchmark."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from tests.bench import rig

SECONDS = 20
SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
P11_KIT_CLIENT = "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so"
ENGINE = "/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so"
PIN = "1234"


class LoggingProgram:
    """A program that is ready when its log, standard error, has `ready`."""

    def __init__(self, core, ready, *command, environment=None):
        self._log = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(["taskset", "-c", core, *command], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=self._log,
                                        env={**os.environ, **(environment or {})})
        end = time.monotonic() + SECONDS
        while ready and ready not in self.log():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[0]} did not start:\n{self.log()}")
            time.sleep(0.01)

    def log(self):
        self._log.seek(0)
        return self._log.read()

    @property
    def pid(self):
        return self.process.pid

    def children(self):
        return [int(word) for word in
                pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=SECONDS)
        self._log.close()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_until_listening(port):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
    raise RuntimeError(f"nothing listens on port {port}")


class Host:
    """Files of an application host: key files, and what loads them."""

    def __init__(self, bench):
        self.bench = bench
        self.app = bench.site / "app"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="host-", dir=bench.folder))
        self.socket = self.folder / "agent.sock"
        self._keyhold("setup", "nginx", "--write", "--root", self.folder,
                      "--module", rig.BIN.resolve() / "tls_lib/provider/keyhold.so")
        self.openssl_conf = self.folder / "etc/keyhold/openssl.cnf"

    def _keyhold(self, *arguments):
        subprocess.run([rig.BIN / "cli/keyhold", *arguments], check=True, stdout=subprocess.DEVNULL)

    def certificate(self, name):
        return self.app / "sites" / f"{name}.crt"

    def local_key(self, name):
        return self.bench.site / "signer" / "keys" / f"{name}.key"

    def key_file(self, name):
        path = self.folder / f"{name}.pem"
        self._keyhold("key-file", name, "--for-certificate", self.certificate(name), "--agent",
                      self.socket, "--agent-uid", str(os.geteuid()), "--out", path)
        return path

    @contextlib.contextmanager
    def agent(self, address):
        """keyhold-agent, whose signer is at 127.0.0.1, on the server's core."""
        config = self.folder / "agent.yaml"
        config.write_text(f"""
listen:
  - {{path: {self.socket}, mode: "0600"}}
signer:
  endpoints: ["localhost:{address.rsplit(":", 1)[1]}"]
  certificate_file: {self.app}/transport.crt
  private_key_file: {self.app}/transport.key
  ca_file: {self.app}/signer-ca.crt
rules:
  - {{users: ["{os.geteuid()}"], keys: ["*"]}}
""")
        with LoggingProgram(rig.SERVER_CORE, '"event":"ready"',
                                rig.BIN / "tls_lib/agent/keyhold-agent", "--config", config) as agent:
            yield agent

    @contextlib.contextmanager
    def nginx(self, name, key, environment=None):
        """One worker; yields its port and the worker's process id."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="nginx-", dir=self.folder))
        port = free_port()
        places = "".join(f"  {kind}_temp_path {folder};\n"
                         for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(f"""
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr notice;
env OPENSSL_CONF;
env SOFTHSM2_CONF;
env P11_KIT_SERVER_ADDRESS;
events {{ worker_connections 4096; }}
http {{
  access_log off;
{places}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_protocols TLSv1.3;
    ssl_session_tickets off;
    ssl_certificate {self.certificate(name)};
    ssl_certificate_key "{key}";
  }}
}}
""")
        with LoggingProgram(rig.SERVER_CORE, "start worker process ", "nginx", "-c",
                                folder / "nginx.conf", "-e", "stderr",
                                environment={"OPENSSL_CONF": str(self.openssl_conf),
                                             **(environment or {})}) as master:
            yield port, master.children()[0]

    @contextlib.contextmanager
    def haproxy(self, name, key, *global_lines):
        """One thread; yields its port."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="haproxy-", dir=self.folder))
        shutil.copy(self.certificate(name), folder / "site.pem")
        shutil.copy(key, folder / "site.pem.key")
        port = free_port()
        lines = "".join(f"  {line}\n" for line in ("nbthread 1", "maxconn 4096", *global_lines))
        (folder / "haproxy.cfg").write_text(f"""
global
{lines}
defaults
  mode http
  timeout connect 5s
  timeout client 10s
  timeout server 10s
frontend https
  bind 127.0.0.1:{port} ssl crt {folder}/site.pem no-tls-tickets
  http-request return status 200
""")
        with LoggingProgram(rig.SERVER_CORE, None, "haproxy", "-db", "-f",
                                folder / "haproxy.cfg",
                                environment={"OPENSSL_CONF": str(self.openssl_conf)}):
            wait_until_listening(port)
            yield port


class ForwardedToken:
    """A SoftHSM token with one key, which p11-kit forwards over a socket, and
    what nginx needs to load that key through OpenSSL's PKCS#11 engine."""

    key = "engine:pkcs11:pkcs11:token=bench;object=site;type=private"

    def __init__(self, folder, private_key):
        self.folder = folder / "token"
        (self.folder / "objects").mkdir(parents=True)
        conf = self.folder / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {self.folder}/objects\n")
        token = {**os.environ, "SOFTHSM2_CONF": str(conf)}
        for command in (["--init-token", "--free", "--label", "bench", "--pin", PIN, "--so-pin", PIN],
                        ["--import", private_key, "--token", "bench", "--label", "site", "--id", "01",
                         "--pin", PIN]):
            subprocess.run(["softhsm2-util", *command], check=True, env=token,
                           stdout=subprocess.DEVNULL)
        self._server = subprocess.Popen(
            ["taskset", "-c", rig.LOAD_CORE, "p11-kit", "server", "--foreground", "--name",
             self.folder / "socket", "--provider", SOFTHSM, "pkcs11:"],
            env=token, stdout=subprocess.PIPE, text=True)
        address = self._server.stdout.readline().strip()
        (self.folder / "openssl.cnf").write_text(f"""
openssl_conf = openssl_init
[openssl_init]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
dynamic_path = {ENGINE}
MODULE_PATH = {P11_KIT_CLIENT}
PIN = {PIN}
init = 1
""")
        self.environment = {
            "OPENSSL_CONF": str(self.folder / "openssl.cnf"),
            "P11_KIT_SERVER_ADDRESS": address.split("=", 1)[1].rstrip(";").split(";")[0],
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.terminate()
        self._server.wait(timeout=SECONDS)
        self._server.stdout.close()
