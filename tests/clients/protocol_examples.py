"""Runs the examples of docs/protocol.md: grpcurl against the real signer.

An example is a line "$ COMMAND" in a console block; each line below it must
begin a line of what the command prints, whatever the indentation.
"""

import pathlib
import re
import shutil
import subprocess
import tempfile

from tests.e2e import processes

GRPCURL = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4"
PORT = ":7443"
SECONDS = 60


def console_blocks(text):
    return re.findall(r"```console\n(.*?)```", text, re.DOTALL)


def examples(text):
    """[(command, expected lines)]."""
    found = []
    for block in console_blocks(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def install_grpcurl():
    """The folder with grpcurl; None if it cannot be had."""
    if shutil.which("grpcurl"):
        return pathlib.Path(shutil.which("grpcurl")).parent
    folder = pathlib.Path.home() / ".cache/keyhold-tools"
    if not (folder / "grpcurl").exists():
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["env", f"GOBIN={folder}", "go", "install", GRPCURL], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            print(done.stdout)
            return None
    return folder


def start_signer(folder):
    """A signer as `keyhold init dev` makes it, with reflection; (process, port)."""
    subprocess.run([processes.BIN / "cli/keyhold", "init", folder / "dev"], check=True, stdout=subprocess.DEVNULL)
    config = folder / "dev/signer/signer.yaml"
    config.write_text(config.read_text().replace(PORT, ":0") + "reflection: true\n")
    signer = processes.Process([processes.BIN / "signer_service/keyhold-signer", "--config", config], stream="stderr")
    ready = signer.wait_for_line(lambda line: '"event":"ready"' in line)
    return signer, re.search(r'"address":"127\.0\.0\.1:(\d+)"', ready).group(1)


def run_examples():
    """{name: {"outcome", "why"}}, in the manner of the conformance report."""
    tools = install_grpcurl()
    if tools is None:
        return {"grpcurl": {"outcome": "failed", "why": "grpcurl cannot be built"}}
    text = (processes.ROOT / "docs/protocol.md").read_text()
    results = {}
    with tempfile.TemporaryDirectory(prefix="keyhold-protocol-") as name:
        folder = pathlib.Path(name)
        signer, port = start_signer(folder)
        try:
            # Definitions hold for the commands after them, as in one's shell.
            defined = f"shopt -s expand_aliases\nPATH={tools}:$PATH\n"
            for number, (command, expected) in enumerate(examples(text), 1):
                command = command.replace(PORT, f":{port}")
                if not expected:
                    defined += command + "\n"
                    continue
                done = subprocess.run(["bash", "-c", defined + command], cwd=folder, text=True, timeout=SECONDS,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                printed = [line.strip() for line in done.stdout.splitlines()]
                missing = [line for line in expected if not any(p.startswith(line.strip()) for p in printed)]
                results[f"example {number}"] = {"outcome": "passed"} if not missing else {
                    "outcome": "failed", "why": f"{command}\nprinted\n{done.stdout}\nand not {missing}"}
        finally:
            signer.stop()
    if not results:
        return {"examples": {"outcome": "failed", "why": "docs/protocol.md has none"}}
    return results
