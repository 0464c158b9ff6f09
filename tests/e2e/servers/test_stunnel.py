"""Stock stunnel, in a chroot."""

import unittest

from tests.e2e.servers.application_host import SITES, ApplicationHostTest

CHROOT = "/var/lib/stunnel4"
PORTS = {name: 4430 + number for number, name in enumerate(SITES.values())}


class Stunnel(ApplicationHostTest):
    users = ["stunnel4"]

    @classmethod
    def set_up_machine(cls):
        cls.machine.run("keyhold", "setup", "stunnel", "--write")
        cls.machine.sh(f"install -d -o keyhold-agent -g keyhold -m 0750 {CHROOT}/run/keyhold")
        cls.write_agent_config(listen=[{"path": f"{CHROOT}/run/keyhold/agent.sock"}])
        cls.machine.run("systemctl", "restart", "keyhold-agent")
        cls.write_key_files()
        services = "".join(f"""
[{name}]
accept = 127.0.0.1:{port}
connect = 127.0.0.1:80
cert = /etc/ssl/certs/{name}.crt
key = /etc/keyhold/keys/{name}.pem
""" for name, port in PORTS.items())
        cls.machine.write("/etc/stunnel/sites.conf", f"""
foreground = yes
chroot = {CHROOT}
setuid = stunnel4
setgid = keyhold
{services}""")
        cls.machine.run("systemctl", "start", "stunnel@sites")
        cls.machine.wait_until_listening(max(PORTS.values()))

    def test_handshakes(self):
        for name, port in PORTS.items():
            self.check_handshakes(port=port, names=[name])

    def test_agent_restarts(self):
        self.machine.run("systemctl", "restart", "keyhold-agent")
        self.test_handshakes()


if __name__ == "__main__":
    unittest.main()
