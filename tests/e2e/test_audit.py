"""The audit log of a real signer under real handshakes, judged by `keyhold audit`."""

import concurrent.futures
import json
import os
import resource
import signal
import subprocess

from tests.e2e import fixture, peers, processes


class AuditTest(fixture.SignerTest):

    @classmethod
    def set_up_host(cls, host):
        cls.site = host.add_key("www.example.test", "p256")
        cls.rsa = host.add_key("rsa.example.test", "rsa2048")
        cls.key = host.folder / "audit.key"
        cls.keyhold("audit", "init-key", cls.key)
        host.audit = {"directory": "audit", "key_file": "audit.key", "segment_bytes": 1048576,
                      "refusals_max_bytes": 4194304}

    @classmethod
    def keyhold(cls, *arguments, code=0):
        done = subprocess.run([processes.BIN / "cli/keyhold", *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        assert done.returncode == code, f"exit code {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout

    def verify(self, *arguments, code=0):
        return json.loads(self.keyhold("audit", "verify", self.host.folder / "audit", "--public-key",
                                       self.key.with_suffix(".pub"), "--json", *arguments, code=code))["logs"]

    def grep(self, *arguments):
        lines = self.keyhold("audit", "grep", self.host.folder / "audit", "--json", *arguments)
        return [json.loads(line) for line in lines.splitlines()]

    def get(self, port, name="www.example.test"):
        return peers.http_get(port, name, ca=self.host.sites.certificate)

    def test_each_handshake_has_a_record(self):
        port = self.server(self.site, self.rsa).port
        before = len(self.grep("--event", "sign"))
        for name in ("www.example.test", "rsa.example.test", "www.example.test"):
            self.assertIn("HTTP/1.1 200", self.get(port, name).output)
        records = self.grep("--event", "sign", "--identity", self.host.IDENTITY)[before:]
        self.assertEqual([record["key"] for record in records],
                         ["www.example.test", "rsa.example.test", "www.example.test"])
        for record in records:
            self.assertEqual(record["outcome"], "signed")
            self.assertEqual(record["usage"], "tls13_server")
        self.assertEqual(self.verify()[0]["faults"], [])

    def test_what_is_refused_is_in_the_other_log(self):
        rules, self.host.rules = self.host.rules, []
        try:
            self.host.reload()
            app = self.host.app
            for _ in range(5):
                self.keyhold("keys", "show", "www.example.test", "--signer", f"localhost:{self.host.port}",
                             "--certificate", app.with_suffix(".crt"), "--private-key", app,
                             "--ca", self.host.transport.certificate, code=4)
        finally:
            self.host.rules = rules
            self.host.reload()
        refused = self.grep("--log", "refusals", "--event", "refused", "--identity", self.host.IDENTITY)
        self.assertEqual(refused[0]["reason"], "KEY_NOT_FOUND")
        self.assertEqual(refused[0]["call"], "GetKey")
        self.assertEqual(self.verify("--log", "refusals")[0]["faults"], [])

    def test_nothing_released_is_lost_when_it_is_killed(self):
        port = self.server(self.site).port
        before = len(self.grep("--event", "sign"))
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            pending = [threads.submit(self.get, port) for _ in range(40)]
            for done in pending[8], pending[20]:
                done.result()
                self.host.process.signal(signal.SIGKILL)
                self.host.process.wait()
                self.host.start()
            for each in pending:
                self.assertIn("HTTP/1.1 200", each.result().output)
        self.assertGreaterEqual(len(self.grep("--event", "sign")) - before, 40)
        log = self.verify()[0]
        self.assertEqual(log["faults"], [])

    def test_the_heads_in_the_journal_are_in_the_log(self):
        self.host.stop()
        head = self.host.events("audit_checkpoint")[-1]
        self.host.start()
        self.assertEqual(head["log"], "signatures")
        self.assertEqual(self.verify("--log", "signatures", "--head", head["head"])[0]["faults"], [])
        sequence, digits = head["head"].split(":")
        other = f"{sequence}:{digits[:-1]}{'0' if digits[-1] != '0' else '1'}"
        fault = self.verify("--log", "signatures", "--head", other, code=1)[0]["faults"][0]
        self.assertEqual(fault["kind"], "wrong_head")

    def test_without_room_nothing_is_signed(self):
        port = self.server(self.site).port
        self.assertIn("HTTP/1.1 200", self.get(port).output)
        segment = max(path for path in (self.host.folder / "audit" / "signatures").iterdir()
                      if path.stat().st_size)
        pid = self.host.process.pid
        # A limit of a file's size is as good as a full disk.
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (segment.stat().st_size + 100, resource.RLIM_INFINITY))
        try:
            self.assertEqual(self.get(port).alert, "internal_error")
            blocked = self.host.wait_for_event("audit_blocked")
            self.assertIn("NOTHING IS SIGNED", blocked["message"])
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.host.wait_for_event("audit_writable")
        self.assertIn("HTTP/1.1 200", self.get(port).output)
        self.assertEqual(self.verify()[0]["faults"], [])


class AuditOff(fixture.SignerTest):

    @classmethod
    def set_up_host(cls, host):
        host.add_key("www.example.test", "p256")

    def test_it_says_so(self):
        self.assertIn("no signature leaves", self.host.events("audit_off")[0]["message"])
        self.assertFalse(os.path.exists(self.host.folder / "audit"))
