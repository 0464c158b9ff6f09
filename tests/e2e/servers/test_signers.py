"""What the signers do to stock servers: go away one after the other, refuse."""

import json
import unittest

from tests.e2e.servers.application_host import SITES
from tests.e2e.servers.test_nginx import NginxTest

NAME = SITES["p256"]
KEY_FILE = f"/etc/keyhold/keys/{NAME}.pem"


class Failover(NginxTest):

    @classmethod
    def set_up_machine(cls):
        cls.second = cls.signer.replica("second").start()
        cls.addClassCleanup(lambda: cls.second.stop())
        cls.write_agent_config(endpoints=[f"localhost:{cls.signer.port}",
                                          f"localhost:{cls.second.port}"])
        cls.machine.run("systemctl", "restart", "keyhold-agent")
        super().set_up_machine()

    def test_one_signer_is_enough(self):
        with self.load():
            for _ in range(2):
                for signer in (self.signer, self.second):
                    signer.stop()
                    self.check_handshakes(names=[NAME])
                    signer.start()
                    self.check_handshakes(names=[NAME])

    def test_a_signer_that_is_killed(self):
        with self.load():
            self.signer.process.kill()
            self.check_handshakes(names=[NAME])
            self.signer.start()


class Refusals(NginxTest):

    def test_the_reason_reaches_the_servers_log_as_it_was_given(self):
        """The signer's own words, behind the name of the key."""
        rules = list(self.signer.rules)
        self.signer.rules = [{**rules[0], "usages": ["csr"]}]
        self.signer.reload()
        self.addCleanup(self.signer.reload)
        self.addCleanup(setattr, self.signer, "rules", rules)
        self.assertIsNone(self.s_client(NAME).scheme)
        checks = self.machine.run("keyhold", "doctor", "--json", "--key-file", KEY_FILE,
                                  "--as", "www-data", ok=False)
        signature = self.checks(checks)["signature"]
        self.assertEqual(signature["state"], "fault")
        self.assertIn("signer.yaml", signature["advice"])
        log = self.machine.run("cat", "/var/log/nginx/error.log")
        self.assertIn(f":keyhold::refused:key {NAME}: {signature['what']}", log)

    @staticmethod
    def checks(text):
        line = next(line for line in text.splitlines() if line.startswith("{"))
        return {check["check"]: check for check in json.loads(line)["checks"]}


if __name__ == "__main__":
    unittest.main()
