"""README's first command, run as a new user runs it."""

import re
import subprocess
import unittest

from tests.e2e import processes

SECONDS = 1800  # it builds first


class Quickstart(unittest.TestCase):

    def test_shows_what_it_promises(self):
        done = subprocess.run([processes.ROOT / "deploy/quickstart.sh", "--nginx"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=SECONDS)
        self.assertEqual(done.returncode, 0, done.stdout)
        for version in ("TLSv1.2", "TLSv1.3"):
            for name, scheme in (("rsa", "rsa_pss_rsae_sha256"), ("ecdsa", "ecdsa_secp256r1_sha256"),
                                 ("ed25519", "ed25519")):
                with self.subTest(version=version, name=name):
                    self.assertRegex(done.stdout, rf"{name}\.example\.test +{version} +{scheme} +signer ")
            with self.subTest(version=version, name="client certificate"):
                self.assertRegex(done.stdout, rf"app-client +{version} +ecdsa_secp256r1_sha256")
        for version in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(version=version, name="nginx"):
                self.assertRegex(done.stdout, rf"rsa\.example\.test +{version} +rsa_pss_rsae_sha256\n")
        # The search finds nothing here, and works where there is something.
        self.assertRegex(done.stdout, r"found none of [1-9]\d* keys")
        found = re.search(r"found (\d+) of (\d+) keys", done.stdout)
        self.assertTrue(found and found[1] == found[2] != "0", done.stdout)
