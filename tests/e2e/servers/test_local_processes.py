"""What processes of the same host may try, and what a fork hands down."""

import unittest

from tests.e2e.servers.application_host import SITES, ApplicationHostTest
from tests.e2e.servers.test_nginx import NginxTest

NAME = SITES["p256"]
SOCKET = "/run/keyhold/agent.sock"
ABSTRACT = "@keyhold-agent"
OPENSSL_CONF = {"OPENSSL_CONF": "/etc/keyhold/openssl.cnf"}

# Frames that are none: length, then what is said to be a SignBatchRequest.
FRAMES = {
    "oversized": "7fffffff" + "00" * 64,
    "one byte too long": "00040001",
    "empty": "00000000",
    "no message": "00000004ffffffff",
    "another protocol": b"GET / HTTP/1.1\r\n\r\n".hex(),
}

SEND = f"""
import socket, sys
for _ in range(int(sys.argv[2])):
    agent = socket.socket(socket.AF_UNIX)
    agent.connect("{SOCKET}")
    agent.sendall(bytes.fromhex(sys.argv[1]))
    heard = b""
    try:
        while part := agent.recv(65536):
            heard += part
    except ConnectionResetError:
        pass  # what the agent has not read of it
    print(heard.decode(errors="replace"))
"""

FALSE_AGENT = f"""
import socket
listener = socket.socket(socket.AF_UNIX)
listener.bind("\\0{ABSTRACT[1:]}")
listener.listen()
print("ready", flush=True)
while True:
    connection, _ = listener.accept()
    print("heard", len(connection.recv(65536)), "bytes", flush=True)
"""

# Signs as root, and then in a child that has become games.
PARENT = """
import os, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/etc/ssl/certs/%(name)s.crt", "/etc/keyhold/keys/%(name)s.pem")
stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
stranger.check_hostname = False
stranger.verify_mode = ssl.CERT_NONE

def handshake():
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [stranger.wrap_bio(to_client, to_server),
            context.wrap_bio(to_server, to_client, server_side=True)]
    for end in ends * 3:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            pass
    return ends[0].version()

print("parent", handshake(), flush=True)
if os.fork() == 0:
    os.setgid(%(group)d)
    os.setuid(%(user)d)
    try:
        print("child", handshake(), flush=True)
    except ssl.SSLError as error:
        print("child refused", error, flush=True)
    os._exit(0)
os.wait()
print("parent", handshake(), flush=True)
"""


class Frames(NginxTest):

    def test_malformed_frames_harm_nobody_else(self):
        with self.load():
            for what, frame in FRAMES.items():
                with self.subTest(what):
                    told = self.machine.run("/usr/bin/python3", "-c", SEND, frame, "50",
                                            user="www-data")
                    self.assertEqual(told.count("malformed frame"), 50, told[:2000])
        self.assertIn('"event":"connection_closed"', self.machine.log("keyhold-agent"))

    def test_the_master_has_no_connection(self):
        """nginx's root master loads the keys: it connects to nobody, so there
        is nothing that its workers could inherit."""
        for name in SITES.values():
            self.one_handshake(name)
        agents = self.machine.sh(f"ss -xH state connected src {SOCKET}")
        # Each line ends with the inode of the other end.
        inodes = {line.split()[-1] for line in agents.splitlines()}
        self.assertTrue(inodes)

        def connections(pid):
            links = self.machine.sh(f"for f in /proc/{pid}/fd/*; do readlink $f || true; done")
            return inodes & {link[len("socket:["):-1] for link in links.split()}

        self.assertEqual(connections(self.master()), set())
        used = [connections(worker) for worker in self.workers()]
        self.assertEqual(set().union(*used), inodes)
        # One connection for each worker that has signed.
        self.assertTrue(all(len(one) <= 1 for one in used), used)


class Forks(ApplicationHostTest):
    users = ["root"]

    @classmethod
    def set_up_machine(cls):
        cls.machine.run("keyhold", "setup", "python", "--write")
        cls.write_key_files()

    def test_a_child_is_judged_by_who_it_has_become(self):
        """The parent, root, has a rule, and a connection that stands. The child
        may open the socket, but no rule names its user."""
        group = int(self.machine.sh("getent group keyhold | cut -d: -f3"))
        user = int(self.machine.sh("id -u games"))
        told = self.machine.run("/usr/bin/python3", "-c",
                                PARENT % {"name": NAME, "group": group, "user": user},
                                environment=OPENSSL_CONF).splitlines()
        self.assertEqual(told[0], "parent TLSv1.3", told)
        self.assertRegex(told[1], "^child refused")
        self.assertEqual(told[2], "parent TLSv1.3", told)
        refused = [line for line in self.machine.log("keyhold-agent").splitlines()
                   if '"event":"connection_refused"' in line]
        self.assertIn(f"uid {user} (gid {group}) may use no key of this agent", refused[-1])


class FalseAgent(ApplicationHostTest):
    """An abstract socket's name belongs to whoever binds it first."""

    @classmethod
    def set_up_machine(cls):
        cls.machine.run("keyhold", "setup", "openssl", "--write")
        cls.machine.run("systemctl", "stop", "keyhold-agent")
        cls.write_agent_config(listen=[{"abstract_name": ABSTRACT[1:]}])
        cls.write_key_files(agent=ABSTRACT)

    def test_who_binds_the_name_first_gains_nothing(self):
        false = self.machine.start("/usr/bin/python3", "-c", FALSE_AGENT, user="games")
        self.addCleanup(false.stop)
        false.wait_for_line(lambda line: line == "ready")
        server = self.machine.start(
            "openssl", "s_server", "-accept", "5500", "-www",
            "-cert", f"/etc/ssl/certs/{NAME}.crt", "-key", f"/etc/keyhold/keys/{NAME}.pem",
            user="www-data", environment=OPENSSL_CONF)
        self.addCleanup(server.stop)
        server.wait_for_line(lambda line: line.startswith("ACCEPT"))

        self.assertIsNone(self.s_client(NAME, port=5500).scheme)
        user = self.machine.sh("id -u games").strip()
        told = server.wait_for_line(lambda line: "who listens on" in line)
        self.assertIn(f"{ABSTRACT} runs as uid {user}, but the key file trusts root", told)
        self.assertEqual(false.wait_for_line(lambda line: line.startswith("heard")),
                         "heard 0 bytes")

        # Nor does the agent start as if nothing were.
        self.assertIn("failed", self.machine.run("systemctl", "start", "keyhold-agent", ok=False))
        self.assertIn("somebody has this name already", self.machine.log("keyhold-agent"))
        false.stop()
        self.machine.run("systemctl", "start", "keyhold-agent")
        self.check_handshakes(port=5500, names=[NAME])


if __name__ == "__main__":
    unittest.main()
