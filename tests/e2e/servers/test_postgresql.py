"""Stock PostgreSQL, a cluster of Debian's."""

import unittest

from tests.e2e.servers import machine
from tests.e2e.servers.application_host import SITES, ApplicationHostTest


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
        self.machine.write("/etc/postgresql/15/main/conf.d/tls.conf", f"""
ssl = on
ssl_cert_file = '/etc/ssl/certs/{name}.crt'
ssl_key_file = '/etc/keyhold/keys/{name}.pem'
""")
        self.machine.run("systemctl", "restart", "postgresql@15-main")

    def test_handshakes(self):
        for name in SITES.values():
            self.use(name)
            self.check_handshakes(port=5432, names=[name], arguments=["-starttls", "postgres"])

    def test_psql(self):
        self.use(SITES["rsa2048"])
        self.machine.sh("su postgres -c \"psql -c \\\"create role app login password 'secret'\\\"\"")
        told = self.machine.run(
            "psql", f"host=127.0.0.1 user=app password=secret dbname=postgres sslmode=verify-ca "
            f"sslrootcert={self.ca}", "-c", "\\conninfo")
        self.assertIn("SSL connection (protocol: TLSv1.3", told)


if __name__ == "__main__":
    unittest.main()
