"""A signer and HTTPS servers for a class of tests."""

import shutil
import tempfile
import unittest

from tests.e2e import processes


class SignerTest(unittest.TestCase):
    """One signer host for all tests of a class; set_up_host fills it."""

    host = None
    program = "https_server"

    @classmethod
    def set_up_host(cls, host):
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="keyhold-e2e-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.host = processes.SignerHost(cls.folder + "/host")
        cls.set_up_host(cls.host)
        cls.host.start()
        cls.addClassCleanup(cls.host.stop)

    def server(self, *certificates, flags=()):
        """An HTTPS server whose keys are all remote."""
        arguments = self.host.signer_flags()
        for certificate in certificates:
            arguments += ["--certificate", certificate]
        server = processes.HttpsServer(*arguments, *flags, program=self.program)
        self.addCleanup(server.stop)
        return server
