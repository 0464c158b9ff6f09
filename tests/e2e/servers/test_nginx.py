"""Stock nginx, two workers, with key files that hold no key."""

import signal
import unittest

from tests.e2e.servers.application_host import SITES, ApplicationHostTest

ENVIRONMENT = {"OPENSSL_CONF": "/etc/keyhold/openssl.cnf"}
RELOADS = 500


def site(name):
    return f"""
server {{
  listen 443 ssl;
  server_name {name};
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_certificate /etc/ssl/certs/{name}.crt;
  ssl_certificate_key /etc/keyhold/keys/{name}.pem;
  location / {{ return 200 "hello from {name}\\n"; }}
}}
"""


class NginxTest(ApplicationHostTest):

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

    @classmethod
    def master(cls):
        return int(cls.machine.run("cat", "/run/nginx.pid"))

    def workers(self, of=None):
        return self.machine.pids("-P", str(of or self.master()))

    def wait_until(self, script, seconds=60):
        """For what only the process table tells."""
        self.machine.sh(f"until {script}; do sleep 0.02; done", seconds=seconds)

    def one_handshake(self, name=SITES["p256"]):
        result = self.s_client(name)
        self.assertTrue(result.verified, result.output)
        return result


class Handshakes(NginxTest):

    def test_every_key_type_in_both_versions(self):
        self.check_handshakes()

    def test_scheme_is_the_peers_first(self):
        result = self.s_client(SITES["rsa2048"], "-tls1_2", "-sigalgs", "RSA+SHA384")
        self.assertEqual(result.scheme, "rsa_pkcs1_sha384")
        result = self.s_client(SITES["p384"], "-tls1_2", "-sigalgs", "ECDSA+SHA256")
        self.assertEqual(result.scheme, "ecdsa_secp256r1_sha256")

    def test_configuration_test(self):
        told = self.machine.run("nginx", "-t", environment=ENVIRONMENT)
        self.assertIn("test is successful", told)

    def test_a_certificate_that_does_not_match(self):
        self.machine.write("/etc/nginx/wrong.conf", """
events {}
http { server { listen 9443 ssl; ssl_certificate /etc/ssl/certs/www.example.org.crt;
  ssl_certificate_key /etc/keyhold/keys/p384.example.org.pem; } }
""")
        told = self.machine.run("nginx", "-t", "-c", "/etc/nginx/wrong.conf", ok=False,
                                environment=ENVIRONMENT)
        self.assertIn("key values mismatch", told)

    def test_workers_have_no_thread_more(self):
        self.one_handshake()
        for worker in self.workers():
            self.assertEqual(self.machine.run("ls", f"/proc/{worker}/task").split(), [str(worker)])


class Life(NginxTest):

    def test_reload_under_load(self):
        with self.load():
            for _ in range(5):
                old = self.workers()
                self.machine.run("systemctl", "reload", "nginx")
                self.wait_until(f"! pgrep -P {self.master()} | grep -qx {old[0]}")

    def test_binary_upgrade_under_load(self):
        """USR2: a new master beside the old one, then WINCH and QUIT."""
        old = self.master()
        with self.load():
            self.machine.kill(old, signal.SIGUSR2)
            self.wait_until("test -e /run/nginx.pid.oldbin && test -s /run/nginx.pid")
            self.machine.kill(old, signal.SIGWINCH)
            self.wait_until(f"! pgrep -P {old} -f 'worker process'")
            self.machine.kill(old, signal.SIGQUIT)
            self.wait_until(f"! kill -0 {old} 2>/dev/null || grep -q 'State:.Z' /proc/{old}/status")
        self.assertNotEqual(self.master(), old)
        self.one_handshake()

    def test_a_worker_that_crashes(self):
        victim = self.workers()[0]
        self.machine.kill(victim)
        self.wait_until(f"test $(pgrep -P {self.master()} -f 'worker process' | grep -vx {victim} "
                        "| wc -l) -ge 2")
        self.check_handshakes(names=[SITES["p256"], SITES["rsa2048"]])

    def test_agent_restarts_under_load(self):
        with self.load():
            for _ in range(3):
                self.machine.run("systemctl", "restart", "keyhold-agent")
                self.one_handshake()

    def test_agent_is_killed_under_load(self):
        with self.load():
            for _ in range(3):
                for pid in self.machine.pids("-x", "keyhold-agent"):
                    self.machine.kill(pid)
                self.machine.run("systemctl", "start", "keyhold-agent")
                self.one_handshake()

    def test_signer_is_away_at_start(self):
        self.signer.stop()
        self.machine.run("systemctl", "restart", "keyhold-agent")
        self.machine.run("systemctl", "restart", "nginx")
        self.assertIsNone(self.s_client(SITES["p256"]).scheme)
        self.signer.start()
        self.wait_until(f"echo | openssl s_client -connect 127.0.0.1:443 -CAfile {self.ca} "
                        f"-verify_return_error -servername {SITES['p256']} >/dev/null 2>&1")

    def test_a_policy_that_refuses(self):
        self.write_agent_config(users=["games"])
        self.machine.run("systemctl", "reload", "keyhold-agent")
        try:
            self.wait_until(f"! echo | openssl s_client -connect 127.0.0.1:443 -CAfile {self.ca} "
                            f"-verify_return_error -servername {SITES['p256']} >/dev/null 2>&1")
            self.assertIn("agent.yaml", self.machine.run("cat", "/var/log/nginx/error.log"))
        finally:
            self.write_agent_config()
            self.machine.run("systemctl", "reload", "keyhold-agent")

    def test_reloads_leave_no_growth(self):
        def resident(pid):
            return int(self.machine.run("awk", "/VmRSS/ {print $2}", f"/proc/{pid}/status"))

        def descriptors(pid):
            # Each worker that is not reaped yet has two of the master's.
            self.wait_until(f"test $(pgrep -P {pid} | wc -l) -eq 2")
            return len(self.machine.run("ls", f"/proc/{pid}/fd").split())

        master = self.master()
        self.reload(20)
        before = resident(master), descriptors(master)
        self.reload(RELOADS)
        grown = resident(master) - before[0]
        self.assertLess(grown, 2048, "KiB that the master has grown by")
        self.assertLess(descriptors(master) - before[1], 5)
        self.one_handshake()

    def reload(self, times):
        # One at a time: the next begins when a worker of the last has gone.
        self.machine.sh(f"""
for number in $(seq {times}); do
  until old=$(pgrep -o -P {self.master()} -f 'worker process'); do :; done
  kill -HUP {self.master()}
  while grep -q 'State:.[^Z]' "/proc/$old/status" 2>/dev/null; do :; done
done""", seconds=300)


if __name__ == "__main__":
    unittest.main()
