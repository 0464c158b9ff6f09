"""Three signers, of which one fails, under handshakes that go on all the time:
none may fail."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

from tests.e2e import handshake_load, processes

NAME = "www.example.test"


class ThreeSigners:
    """The tests; which server asks the signers is the subclass's affair."""

    program = None

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="keyhold-e2e-")
        self.addCleanup(shutil.rmtree, folder)
        self.host = processes.SignerHost(folder + "/host")
        self.site = self.host.add_key(NAME, "p256")

    def start_signers(self, replicas):
        self.replicas = replicas
        for replica in replicas:
            replica.start()
            self.addCleanup(self.end, replica)

    def start_local_signers(self):
        # Each with all its processes in a group of its own.
        self.start_signers([self.host.replica(f"signer{i}", wrapper=["setsid"]) for i in range(3)])

    @staticmethod
    def end(replica):
        try:
            os.killpg(replica.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        replica.process.stop()

    @staticmethod
    def signal_all(replica, number):
        os.killpg(replica.process.pid, number)

    def kill(self, replica):
        self.signal_all(replica, signal.SIGKILL)
        replica.process.wait()

    def load(self):
        flags = ["--signer-ca", self.host.transport.certificate,
                 "--identity", self.host.app.with_suffix(".crt"), "--identity-key", self.host.app,
                 "--certificate", self.site]
        for replica in self.replicas:
            name = "localhost" if replica.address == "127.0.0.1" else replica.address
            flags += ["--signer", f"{name}:{replica.port}"]
        server = processes.HttpsServer(*flags, program=self.program)
        self.addCleanup(server.stop)
        return handshake_load.HandshakeLoad(server.port, NAME, self.host.sites.certificate)

    def alone(self, load, replica):
        """That a signer works again shows when it is the only one."""
        for other in self.replicas:
            if other is not replica:
                self.kill(other)
        load.wait_for(30)

    def test_killed(self):
        self.start_local_signers()
        with self.load() as load:
            load.wait_for(30)
            for replica in self.replicas:
                self.kill(replica)
                load.wait_for(40)
                replica.start()
            self.alone(load, self.replicas[0])
        self.assertEqual(load.failures, [])

    def test_drained(self):
        self.start_local_signers()
        with self.load() as load:
            load.wait_for(30)
            for replica in self.replicas:
                replica.process.signal(signal.SIGTERM)
                self.assertEqual(replica.process.wait(), 0)
                load.wait_for(20)
                replica.start()
            self.alone(load, self.replicas[1])
        self.assertEqual(load.failures, [])

    def test_frozen(self):
        self.start_local_signers()
        with self.load() as load:
            load.wait_for(30)
            self.signal_all(self.replicas[0], signal.SIGSTOP)
            load.wait_for(100)
            self.signal_all(self.replicas[0], signal.SIGCONT)
            self.alone(load, self.replicas[0])
        self.assertEqual(load.failures, [])

    def test_link_dropped(self):
        links = [Link(self, i) for i in range(3)]
        self.host.transport.issue(self.host.own, ["IP:" + link.address for link in links])
        self.start_signers([self.host.replica(f"signer{i}", link.address,
                                              ["setsid", *link.inside])
                            for i, link in enumerate(links)])
        with self.load() as load:
            load.wait_for(30)
            links[0].set("down")
            load.wait_for(100)
            links[0].set("up")
            before = links[0].packets()
            # A connection alone takes fewer.
            while links[0].packets() < before + 200:
                load.wait_for(1)
            self.alone(load, self.replicas[0])
        self.assertEqual(load.failures, [])


class Link:
    """A network namespace, and the cable to it. Needs root."""

    def __init__(self, test, number):
        self.name = f"keyhold-{os.getpid()}-{number}"
        self.here = f"kh{os.getpid() % 100000}h{number}"
        self.address = f"10.213.{number}.2"
        self.inside = ["ip", "netns", "exec", self.name]
        there = f"kh{os.getpid() % 100000}t{number}"
        self.there = there
        self._ip("netns", "add", self.name)
        test.addCleanup(self._ip, "netns", "delete", self.name)
        self._ip("link", "add", self.here, "type", "veth", "peer", "name", there, "netns", self.name)
        self._ip("address", "add", f"10.213.{number}.1/24", "dev", self.here)
        self._ip("link", "set", self.here, "up")
        self._ip("-n", self.name, "address", "add", f"{self.address}/24", "dev", there)
        self._ip("-n", self.name, "link", "set", there, "up")
        self._ip("-n", self.name, "link", "set", "lo", "up")

    @staticmethod
    def _ip(*arguments):
        subprocess.run(["ip", *arguments], check=True)

    def set(self, state):
        """Packets vanish while it is down; nobody is told."""
        self._ip("-n", self.name, "link", "set", self.there, state)

    def packets(self):
        """How many have come from there."""
        return int(pathlib.Path(f"/sys/class/net/{self.here}/statistics/rx_packets").read_text())


class OfABlockingServer(ThreeSigners, unittest.TestCase):
    program = "https_server"


class OfAServerInOneThread(ThreeSigners, unittest.TestCase):
    program = "epoll_https_server"


if __name__ == "__main__":
    unittest.main()
