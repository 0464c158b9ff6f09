"""The real programs, set up as `keyhold init` does."""

import json
import os
import pathlib
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("KEYHOLD_BIN") or ROOT / "bazel-bin")


class RealSigner:
    """keyhold-signer on a free port, with its files in `folder`/dev."""

    def __init__(self, folder):
        self.dev = folder / "dev"
        subprocess.run(
            [BIN / "cli/keyhold", "init", self.dev], check=True, stdout=subprocess.DEVNULL
        )
        self.config = self.dev / "signer/signer.yaml"
        self.config.write_text(self.config.read_text().replace(":7443", ":0"))
        self.port = 0
        self._child = None

    @property
    def endpoint(self):
        return f"localhost:{self.port}"

    def allow(self, *usages):
        """Gives the application's rule these usages, and no others."""
        rule = "    - name: application\n"
        text = self.config.read_text()
        assert text.count(rule) == 1, "init's configuration has another form"
        usages = f"      usages: [{', '.join(usages)}]\n"
        self.config.write_text(text.replace(rule, rule + usages))

    def start(self):
        self._child = subprocess.Popen(
            [BIN / "signer_service/keyhold-signer", "--config", self.config],
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in self._child.stderr:
            event = json.loads(line)
            if event.get("event") == "ready":
                self.port = int(event["listeners"][0]["address"].rsplit(":", 1)[1])
                return self
        raise RuntimeError("the signer did not start")

    def stop(self):
        if self._child:
            self._child.send_signal(signal.SIGKILL)
            self._child.wait()
            self._child.stderr.close()
