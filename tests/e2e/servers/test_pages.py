"""Follows each page of docs/servers word for word."""

import re
import unittest

from tests.e2e import processes
from tests.e2e.servers import machine
from tests.e2e.servers.application_host import ApplicationHostTest

PAGES = processes.ROOT / "docs" / "servers"
NAME = "www.example.org"


def blocks(page):
    """(language, text) of each fenced block, in order."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


class PageTest(ApplicationHostTest):
    """Where the pages begin: an agent that has a rule for somebody else."""

    users = ["root"]
    key_usage = "serverAuth"

    @classmethod
    def set_up_machine(cls):
        if cls.key_usage != "serverAuth":
            certificate = cls.signer.add_key(NAME, "p256", usage=cls.key_usage)
            cls.machine.write(f"/etc/ssl/certs/{NAME}.crt", certificate.read_text())
            cls.signer.reload()

    def follow(self, name):
        shown = ""
        for language, text in blocks(PAGES / f"{name}.md"):
            if language == "sh":
                shown = self.machine.sh(text, seconds=90)
            else:
                self.assertEqual(language, "text")
                for line in text.splitlines():
                    self.assertIn(line, shown)


class Nginx(PageTest):
    def test_page(self):
        self.follow("nginx")


class Haproxy(PageTest):
    def test_page(self):
        self.follow("haproxy")


class Apache(PageTest):
    def test_page(self):
        self.follow("apache")


class Postgresql(PageTest):
    @classmethod
    def set_up_machine(cls):
        machine.fresh_cluster(cls.machine)

    def test_page(self):
        self.follow("postgresql")


class Stunnel(PageTest):
    def test_page(self):
        self.follow("stunnel")


class Curl(PageTest):
    key_usage = "clientAuth"

    def test_page(self):
        self.follow("curl")


class Python(PageTest):
    def test_page(self):
        # Some page to show.
        self.machine.write("/var/www/html/index.html", "<!DOCTYPE html>\n")
        self.follow("python")


class Node(PageTest):
    def test_page(self):
        self.follow("node")


class Openssl(PageTest):
    def test_page(self):
        self.follow("openssl")


class Every(unittest.TestCase):
    def test_each_page_is_followed(self):
        followed = {case.__name__.lower() for case in PageTest.__subclasses__()}
        pages = {page.stem for page in PAGES.glob("*.md")} - {"README"}
        self.assertEqual(followed, pages)


# Not a test by itself.
def load_tests(loader, tests, _pattern):
    del tests
    return unittest.TestSuite(loader.loadTestsFromTestCase(case)
                              for case in (*PageTest.__subclasses__(), Every))


if __name__ == "__main__":
    unittest.main()
