"""Stock nginx, two workers, with key files that hold no key."""

import unittest

from tests.e2e.servers.application_host import SITES, ApplicationHostTest


def site(name, listen="443 ssl"):
    return f"""
server {{
  listen {listen};
  server_name {name};
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_certificate /etc/ssl/certs/{name}.crt;
  ssl_certificate_key /etc/keyhold/keys/{name}.pem;
  location / {{ return 200 "hello from {name}\\n"; }}
}}
"""


class Nginx(ApplicationHostTest):

    @classmethod
    def set_up_machine(cls):
        cls.machine.run("keyhold", "setup", "nginx", "--write")
        cls.machine.run("usermod", "--append", "--groups", "keyhold", "www-data")
        cls.write_key_files()
        cls.machine.sh("sed -i 's/^worker_processes .*/worker_processes 2;/' /etc/nginx/nginx.conf\n"
                       "rm /etc/nginx/sites-enabled/default")
        cls.machine.write("/etc/nginx/sites-enabled/sites",
                          "".join(site(name) for name in SITES.values()))
        cls.machine.run("systemctl", "start", "nginx")

    def test_handshakes(self):
        self.check_handshakes()


if __name__ == "__main__":
    unittest.main()
