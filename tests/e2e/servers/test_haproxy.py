"""Stock HAProxy, in its chroot, with and without ssl-mode-async."""

import signal
import unittest

from tests.e2e.servers.application_host import SITES, ApplicationHostTest

ENVIRONMENT = {"OPENSSL_CONF": "/etc/keyhold/openssl.cnf"}
CHROOT_SOCKET = "/var/lib/haproxy/run/keyhold/agent.sock"


class HaproxyTest(ApplicationHostTest):
    users = ["haproxy"]
    global_lines = ""

    @classmethod
    def set_up_machine(cls):
        cls.machine.run("keyhold", "setup", "haproxy", "--write")
        cls.machine.run("install", "-d", "-o", "keyhold-agent", "-g", "haproxy", "-m", "0750",
                        "/var/lib/haproxy/run/keyhold")
        cls.write_agent_config(listen=[{"path": CHROOT_SOCKET, "mode": "0666"}])
        cls.machine.run("systemctl", "restart", "keyhold-agent")
        cls.write_key_files()
        cls.machine.run("mkdir", "/etc/haproxy/sites")
        for name in SITES.values():
            cls.machine.sh(f"cp /etc/ssl/certs/{name}.crt /etc/haproxy/sites/{name}.pem\n"
                           f"cp /etc/keyhold/keys/{name}.pem /etc/haproxy/sites/{name}.pem.key")
        cls.machine.write("/etc/haproxy/haproxy.cfg", f"""
global
  log stderr local0
  chroot /var/lib/haproxy
  user haproxy
  group haproxy
  {cls.global_lines}
defaults
  mode http
  timeout connect 5s
  timeout client 10s
  timeout server 10s
frontend https
  bind :443 ssl crt /etc/haproxy/sites/ ssl-min-ver TLSv1.2
  http-request return status 200 content-type text/plain string "hello"
""")
        cls.machine.run("systemctl", "start", "haproxy")

    def check_agent_restarts(self):
        with self.load():
            for _ in range(3):
                self.machine.run("systemctl", "restart", "keyhold-agent")
                self.check_handshakes(names=[SITES["p256"]])

    def check_reloads(self):
        """USR2 to the master: a new worker, the old one finishes."""
        with self.load():
            for _ in range(3):
                old = self.machine.pids("-u", "haproxy", "haproxy")
                self.machine.run("systemctl", "reload", "haproxy")
                self.machine.sh("while pgrep -u haproxy haproxy | grep -qx "
                                f"{old[0]}; do sleep 0.05; done")


class Blocking(HaproxyTest):

    def test_handshakes(self):
        self.check_handshakes()

    def test_reload_under_load(self):
        self.check_reloads()

    def test_agent_restarts_under_load(self):
        self.check_agent_restarts()


    def test_configuration_test_needs_nobody(self):
        self.machine.run("systemctl", "stop", "keyhold-agent")
        self.addCleanup(self.machine.run, "systemctl", "start", "keyhold-agent")
        told = self.machine.run("haproxy", "-c", "-V", "-f", "/etc/haproxy/haproxy.cfg",
                                environment=ENVIRONMENT)
        self.assertIn("Configuration file is valid", told)

    def test_a_certificate_that_does_not_match(self):
        self.machine.sh(f"cp /etc/ssl/certs/{SITES['p256']}.crt /etc/wrong.pem\n"
                        f"cp /etc/keyhold/keys/{SITES['p384']}.pem /etc/wrong.pem.key")
        self.machine.write("/etc/wrong.cfg", "defaults\n  timeout client 1s\n"
                           "frontend wrong\n  bind :9443 ssl crt /etc/wrong.pem\n")
        told = self.machine.run("haproxy", "-c", "-f", "/etc/wrong.cfg", ok=False,
                                environment=ENVIRONMENT)
        self.assertIn("inconsistencies between private key and certificate", told)


class Async(HaproxyTest):
    global_lines = "ssl-mode-async"

    def test_handshakes(self):
        self.check_handshakes()

    def test_reload_under_load(self):
        self.check_reloads()

    def test_agent_restarts_under_load(self):
        self.check_agent_restarts()

    def test_clients_that_leave_in_the_middle(self):
        """The agent is stopped, so that handshakes wait; their clients go."""
        agent = self.machine.pids("-x", "keyhold-agent")[0]
        self.machine.kill(agent, signal.SIGSTOP)
        self.machine.sh("for n in $(seq 50); do timeout 0.2 openssl s_client -connect 127.0.0.1:443 "
                        "</dev/null >/dev/null 2>&1 & done; wait")
        self.machine.kill(agent, signal.SIGCONT)
        self.check_handshakes(names=[SITES["p256"]])


if __name__ == "__main__":
    unittest.main()
