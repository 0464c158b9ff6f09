"""The signer as three processes: what ends, comes back; what is secret, stays
where it is."""

import os
import pathlib
import random
import re
import signal
import ssl
import subprocess
import threading
import time

from tests.e2e import fixture, peers, processes

NAME = "www.example.test"
# How long processes are killed under load.
KILLING_SECONDS = int(os.environ.get("KEYHOLD_KILLING_SECONDS", "10"))


def children(parent):
    """{program: process id} of the supervisor's children that run."""
    found = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            match = re.match(r"(\d+) \((.*)\) (\S) (\d+)", stat.read_text())
        except OSError:
            continue
        if match and int(match[4]) == parent and match[3] != "Z":
            found[match[2]] = int(match[1])
    return found


def runs(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def memory_of(pid):
    """All that a process has in memory, piece by piece."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            start, end = (int(part, 16) for part in line.split()[0].split("-"))
            if "r" not in line.split()[1] or "[v" in line:
                continue
            try:
                memory.seek(start)
                yield memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue


class ThreeProcesses(fixture.SignerTest):
    @classmethod
    def set_up_host(cls, host):
        host.more = {"vault": "process", "hardening": "required"}
        cls.site = host.add_key(NAME, "p256")

    def setUp(self):
        if not runs(self.host.process.pid):
            self.host.start()
        self.web = self.server(self.site)
        self.context = peers.python_context(self.host.sites.certificate)

    def get(self):
        body, _, _ = peers.python_get(self.web.port, NAME, self.context)
        return body

    def get_until(self, seconds=30):
        """One request that is answered, however often it takes."""
        end = time.monotonic() + seconds
        while True:
            try:
                return self.get()
            except (OSError, ssl.SSLError):
                if time.monotonic() > end:
                    raise

    def test_they_run_and_say_what_protects_them(self):
        self.get()
        self.assertEqual(set(children(self.host.process.pid)), {"keyhold-front", "keyhold-vault"})
        self.assertEqual([event["process"] for event in self.host.events("protections")][:2],
                         ["vault", "front"])
        for event in self.host.events("protections"):
            self.assertEqual(event["level"], "info", event)

    def test_selfcheck_passes(self):
        done = subprocess.run([processes.BIN / "signer_service/keyhold-signer", "--config",
                               self.host.folder / "signer.yaml", "--selfcheck"],
                              text=True, stdout=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        for line in ("vault  seccomp", "vault  secure_heap_locked", "front  cannot_open_key_files"):
            self.assertRegex(done.stdout, rf"(?m)^{line} +holds")

    def test_a_reload_takes_a_new_key_over(self):
        before = children(self.host.process.pid)
        other = self.host.add_key("other.example.test", "p384")
        self.host.reload()
        seen = peers.http_get(self.server(other).port, "other.example.test",
                              ca=self.host.sites.certificate)
        self.assertIn("HTTP/1.1 200", seen.output)
        self.assertEqual(children(self.host.process.pid), before)

    def test_kill_at_random_under_load(self):
        faults, answered, stop = [], [0], threading.Event()

        def load():
            while not stop.is_set():
                try:
                    self.get()
                    answered[0] += 1
                except ssl.SSLCertVerificationError as error:
                    faults.append(error)
                except ssl.SSLError as error:
                    # A wrong signature is the peer's to refuse; a signature
                    # that did not come in time is the server's alert.
                    if "SIGNATURE" in str(error).upper() or "DECRYPT" in str(error).upper():
                        faults.append(error)
                except OSError:
                    pass

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            chosen = random.Random(5)
            end = time.monotonic() + KILLING_SECONDS
            while time.monotonic() < end:
                processes_now = children(self.host.process.pid)
                if len(processes_now) == 2:
                    os.kill(chosen.choice(sorted(processes_now.values())), signal.SIGKILL)
                before = answered[0]
                self.get_until()
                while answered[0] == before and time.monotonic() < end + 30:
                    time.sleep(0.01)  # until the load is served again
                self.assertGreater(answered[0], before)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(faults, [])
        self.assertTrue(self.host.events("vault_ended"))
        self.assertTrue(self.host.events("front_ended"))

    def test_no_process_outlives_the_supervisor(self):
        left = list(children(self.host.process.pid).values())
        self.assertEqual(len(left), 2)
        self.host.process.kill()
        self.host.process.stop()
        end = time.monotonic() + 10
        while any(runs(pid) for pid in left) and time.monotonic() < end:
            time.sleep(0.01)  # there is no event: they are not our children
        self.assertFalse([pid for pid in left if runs(pid)])
        self.host.start()
        self.get_until()

    def test_the_front_has_no_key_in_memory(self):
        self.get()
        found = children(self.host.process.pid)
        if os.geteuid() != 0:
            with self.assertRaises(PermissionError):
                next(memory_of(found["keyhold-front"]))
            return
        der = subprocess.run(["openssl", "pkey", "-in", self.host.keys / f"{NAME}.key", "-outform", "DER"],
                             stdout=subprocess.PIPE, check=True).stdout
        at = der.index(b"\x04\x20") + 2
        scalar = der[at:at + 32]
        pem = (self.host.keys / f"{NAME}.key").read_text().splitlines()[1].encode()
        forms = [scalar, scalar[::-1], scalar.hex().encode(), der, pem]
        for piece in memory_of(found["keyhold-front"]):
            for form in forms:
                self.assertNotIn(form, piece)
        # The search finds what is there.
        self.assertTrue(any(scalar in piece or scalar[::-1] in piece
                            for piece in memory_of(found["keyhold-vault"])))
