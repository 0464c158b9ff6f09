"""Checks an audit log with nothing but Python and docs/audit.md.

An implementation of its own: what it accepts does not depend on ours.
"""

import hashlib
import inspect
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

writer = sys.argv.pop(1)
document = pathlib.Path(sys.argv.pop(1))


def verify(folder):
    """The verifier of docs/audit.md. Returns (sequence, hash) of the head."""
    sequence, chain, torn = None, None, b""
    for path in sorted(pathlib.Path(folder).glob("*.jsonl")):
        for line in path.read_bytes().splitlines(keepends=True):
            try:
                record = json.loads(line)
            except ValueError:
                torn += line
                continue
            if chain is None:
                sequence, chain = record["seq"] - 1, bytes.fromhex(record["previous"])
            if torn:
                assert record["event"] == "recovered"
                torn = torn[:record["torn_bytes"]]
                assert hashlib.sha256(torn).hexdigest() == record["torn_sha256"]
                torn = b""
            text = line[:line.rindex(b',"chain":"')]
            chain = hashlib.sha256(chain + text).digest()
            assert record["seq"] == sequence + 1, f"record {record['seq']} after {sequence}"
            assert record["chain"] == chain.hex(), f"record {record['seq']} was changed"
            sequence = record["seq"]
    return sequence, chain.hex()


class AuditFormat(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        head = subprocess.run([writer, self.folder], stdout=subprocess.PIPE, check=True, text=True).stdout
        self.head = head.strip()
        self.file = pathlib.Path(self.folder) / "00000001.jsonl"

    def test_the_document_has_this_verifier(self):
        self.assertIn(inspect.getsource(verify).split('"""', 2)[2].strip(), document.read_text())

    def test_the_heads_agree(self):
        sequence, chain = verify(self.folder)
        self.assertEqual(f"{sequence}:{chain}", self.head)

    def test_each_record_is_json_with_its_fields(self):
        signed = [record for record in map(json.loads, self.file.read_text().splitlines())
                  if record["event"] == "sign"]
        self.assertEqual(len(signed), 20)
        for record in signed:
            self.assertEqual(record["identity"], "spiffe://example.org/web")
            self.assertEqual(record["server_name"], "w\u00fc\"\\\n.example.org".encode().decode("latin-1"))
            self.assertEqual(record["outcome"], "signed")

    def test_a_torn_record_is_answered_for(self):
        whole = self.file.read_bytes()
        self.file.write_bytes(whole[:-100])
        subprocess.run([writer, self.folder], stdout=subprocess.DEVNULL, check=True)
        self.assertGreater(verify(self.folder)[0], 30)
        self.assertTrue(self.file.read_bytes().startswith(whole[:-100]))

    def test_an_altered_record_is_found(self):
        text = self.file.read_text()
        self.file.write_text(text.replace("example.org/web", "example.org/wob", 1))
        with self.assertRaisesRegex(AssertionError, "was changed"):
            verify(self.folder)


if __name__ == "__main__":
    unittest.main()
