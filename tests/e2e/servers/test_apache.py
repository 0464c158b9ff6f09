"""Stock Apache with the event MPM."""

import unittest

from tests.e2e.servers.application_host import SITES, ApplicationHostTest


def site(name):
    return f"""
<VirtualHost *:443>
  ServerName {name}
  SSLEngine on
  SSLProtocol -all +TLSv1.2 +TLSv1.3
  SSLCertificateFile /etc/ssl/certs/{name}.crt
  SSLCertificateKeyFile /etc/keyhold/keys/{name}.pem
</VirtualHost>
"""


class Apache(ApplicationHostTest):

    @classmethod
    def set_up_machine(cls):
        cls.machine.run("keyhold", "setup", "apache", "--write")
        cls.machine.run("usermod", "--append", "--groups", "keyhold", "www-data")
        cls.write_key_files()
        cls.machine.write("/etc/apache2/sites-available/sites.conf",
                          "".join(site(name) for name in SITES.values()))
        cls.machine.sh("a2enmod -q ssl; a2dissite -q 000-default; a2ensite -q sites")
        cls.machine.run("systemctl", "start", "apache2")

    def test_handshakes(self):
        self.check_handshakes()

    def test_configuration_test(self):
        self.assertIn("Syntax OK", self.machine.run("apachectl", "configtest"))

    def test_graceful_restart_under_load(self):
        """USR1: new workers, the old ones finish what they have."""
        with self.load():
            for _ in range(3):
                old = self.workers()[0]
                self.machine.run("systemctl", "reload", "apache2")
                self.machine.sh(f"while pgrep -u www-data -x apache2 | grep -qx {old}; do sleep 0.05; done")
                self.check_handshakes(names=[SITES["p256"]])

    def test_a_worker_that_crashes(self):
        for victim in self.workers():
            self.machine.kill(victim)
        self.machine.sh("until pgrep -u www-data -x apache2 >/dev/null; do sleep 0.05; done")
        self.check_handshakes(names=[SITES["p256"], SITES["rsa2048"]])

    def test_agent_restarts_under_load(self):
        with self.load():
            for _ in range(3):
                self.machine.run("systemctl", "restart", "keyhold-agent")
                self.check_handshakes(names=[SITES["p256"]])

    def workers(self):
        return self.machine.pids("-u", "www-data", "-x", "apache2")

    def test_configuration_test(self):
        self.assertIn("Syntax OK", self.machine.run("apachectl", "configtest"))


if __name__ == "__main__":
    unittest.main()
