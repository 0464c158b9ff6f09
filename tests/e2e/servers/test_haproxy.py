"""Stock HAProxy, in its chroot, with and without ssl-mode-async."""

import unittest

from tests.e2e.servers.application_host import SITES, ApplicationHostTest

CHROOT_SOCKET = "/var/lib/haproxy/run/keyhold/agent.sock"


class Haproxy(ApplicationHostTest):
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

    def test_handshakes(self):
        self.check_handshakes()


class HaproxyAsync(Haproxy):
    global_lines = "ssl-mode-async"


if __name__ == "__main__":
    unittest.main()
