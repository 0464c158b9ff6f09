"""http.server as it is, through the OpenSSL provider."""

import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.parse

import pytest

from real_signer import BIN, RealSigner

SITE = "ecdsa.example.test"
# All that a site's operator writes; no word of Keyhold.
SERVER = """
import http.server, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
"""
AIOHTTP_SERVER = """
import ssl, sys
from aiohttp import web
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
async def hello(request):
    return web.Response(text="hello")
async def main():
    app = web.Application()
    app.add_routes([web.get("/{name}", hello)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()
import asyncio
asyncio.run(main())
"""
OPENSSL_CNF = f"""
openssl_conf = openssl_init
.include /etc/ssl/openssl.cnf
[openssl_init]
providers = provider_section
[provider_section]
default = default_section
keyhold = keyhold_section
[default_section]
activate = 1
[keyhold_section]
activate = 1
module = {BIN}/tls_lib/provider/keyhold.so
"""


@pytest.fixture
def signer(tmp_path):
    signer = RealSigner(tmp_path).start()
    yield signer
    signer.stop()


@pytest.fixture
def key_file(signer, tmp_path):
    """An agent on this host, and a key file that names a key of the signer."""
    app, agent_socket = signer.dev / "app", tmp_path / "agent.sock"
    config = tmp_path / "agent.yaml"
    settings = {
        "listen": [{"path": str(agent_socket), "group": str(os.getgid())}],
        "signer": {
            "endpoints": [signer.endpoint],
            "certificate_file": str(app / "transport.crt"),
            "private_key_file": str(app / "transport.key"),
            "ca_file": str(app / "signer-ca.crt"),
        },
        "rules": [{"users": [str(os.getuid())], "keys": ["*"]}],
    }
    config.write_text(json.dumps(settings))  # JSON is YAML
    agent = subprocess.Popen(
        [BIN / "tls_lib/agent/keyhold-agent", "--config", config], stderr=subprocess.PIPE, text=True
    )
    for line in agent.stderr:
        if '"event":"ready"' in line:
            break
    path = tmp_path / "site.key"
    flags = ["--agent", agent_socket, "--agent-uid", str(os.getuid()), "-o", path]
    certificate = app / f"sites/{SITE}.crt"
    subprocess.run(
        [BIN / "cli/keyhold", "key-file", SITE, "--for-certificate", certificate, *flags],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    yield path
    agent.kill()
    agent.wait()
    agent.stderr.close()


def get(port, ca, version):
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        connection = http.client.HTTPConnection(SITE)
        connection.sock = context.wrap_socket(raw, server_hostname=SITE)
        connection.request("GET", "/" + urllib.parse.quote("marker.txt"))
        return connection.getresponse().read().decode().strip()


@pytest.mark.parametrize("server", [SERVER, AIOHTTP_SERVER], ids=["http.server", "aiohttp"])
def test_unmodified_servers(signer, key_file, tmp_path, server):
    (tmp_path / "marker.txt").write_text("hello")
    (tmp_path / "openssl.cnf").write_text(OPENSSL_CNF)
    certificate = signer.dev / f"app/sites/{SITE}.crt"
    child = subprocess.Popen(
        [sys.executable, "-c", server, certificate, key_file],
        cwd=tmp_path,
        env={**os.environ, "OPENSSL_CONF": str(tmp_path / "openssl.cnf")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        port = int(child.stdout.readline())
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            assert get(port, signer.dev / "app/site-ca.crt", version) == "hello"
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_readme_command_runs_as_it_stands(signer, key_file, tmp_path):
    readme = pathlib.Path(__file__).parent.parent / "README.md"
    [command] = re.findall(r"^    (python3 -c .*)$", readme.read_text(), re.MULTILINE)
    (tmp_path / "openssl.cnf").write_text(OPENSSL_CNF)
    shutil.copy(signer.dev / f"app/sites/{SITE}.crt", tmp_path / "www.crt")
    shutil.copy(key_file, tmp_path / "www.key")
    run = {"cwd": tmp_path, "stderr": subprocess.PIPE, "text": True}
    environment = {**os.environ, "OPENSSL_CONF": str(tmp_path / "openssl.cnf")}
    done = subprocess.run(["sh", "-c", command], env=environment, **run)
    assert (done.returncode, done.stderr) == (0, "")
    # It is the provider that reads the key: without it the file is none.
    assert subprocess.run(["sh", "-c", command], **run).returncode != 0
