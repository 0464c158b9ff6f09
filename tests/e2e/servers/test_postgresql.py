"""Stock PostgreSQL, a cluster of Debian's."""

import unittest

from tests.e2e.servers import machine
from tests.e2e.servers.application_host import SITES, ApplicationHostTest

STARTTLS = ["-starttls", "postgres"]


class Postgresql(ApplicationHostTest):
    users = ["postgres"]

    @classmethod
    def set_up_machine(cls):
        machine.fresh_cluster(cls.machine)
        cls.machine.run("keyhold", "setup", "postgresql", "--write")
        cls.machine.run("usermod", "--append", "--groups", "keyhold", "postgres")
        cls.write_key_files()
        cls.machine.sh("chgrp postgres /etc/keyhold/keys/*.pem && chmod 0640 /etc/keyhold/keys/*.pem")

    def use(self, name):
        self.write_settings(name)
        self.machine.run("systemctl", "restart", "postgresql@15-main")

    def write_settings(self, name):
        self.machine.write("/etc/postgresql/15/main/conf.d/tls.conf", f"""
ssl = on
ssl_cert_file = '/etc/ssl/certs/{name}.crt'
ssl_key_file = '/etc/keyhold/keys/{name}.pem'
""")

    def test_handshakes(self):
        for name in SITES.values():
            self.use(name)
            self.check_handshakes(port=5432, names=[name], arguments=STARTTLS)

    def test_reload(self):
        """Another key, without a restart: the postmaster loads it anew."""
        self.use(SITES["p256"])
        self.write_settings(SITES["rsa2048"])
        self.machine.run("systemctl", "reload", "postgresql@15-main")
        # The postmaster reads it when it likes.
        self.machine.sh("until openssl s_client -starttls postgres -connect 127.0.0.1:5432 </dev/null "
                        f"2>/dev/null | grep -q 'subject=.*{SITES['rsa2048']}'; do sleep 0.1; done")
        self.check_handshakes(port=5432, names=[SITES["rsa2048"]], arguments=STARTTLS)

    def test_a_backend_that_crashes(self):
        self.use(SITES["p256"])
        postmaster = self.machine.sh("head -1 /var/lib/postgresql/15/main/postmaster.pid").strip()
        victim = self.machine.pids("-P", postmaster, "-f", "walwriter")[0]
        self.machine.kill(victim)
        # The postmaster starts all of its children again.
        self.machine.sh(f"until pgrep -P {postmaster} -f walwriter | grep -qvx {victim}; do sleep 0.05; done")
        self.check_handshakes(port=5432, names=[SITES["p256"]], arguments=STARTTLS)

    def test_psql(self):
        self.use(SITES["rsa2048"])
        self.machine.sh("su postgres -c \"psql -c \\\"create role app login password 'secret'\\\"\"")
        told = self.machine.run(
            "psql", f"host=127.0.0.1 user=app password=secret dbname=postgres sslmode=verify-ca "
            f"sslrootcert={self.ca}", "-c", "\\conninfo")
        self.assertIn("SSL connection (protocol: TLSv1.3", told)


if __name__ == "__main__":
    unittest.main()
