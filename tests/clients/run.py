"""Builds the clients, runs their own tests and the conformance cases.

    python3 -m tests.clients.run [--only conformance|tests] [--results FILE]
                                 [--report FILE] [LANGUAGE ...]

Needs the programs built (bazel-bin, or the folder that KEYHOLD_BIN names).
Prints one table; writes it as JSON to --report, and counts to --results.
"""

import argparse
import fnmatch
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from tests.clients import kinds, program, protocol_examples, provider, site
from tests.e2e import processes

HERE = pathlib.Path(__file__).parent
CLIENTS = processes.ROOT / "clients"
LANGUAGES = ("rust", "go", "python", "java", "node")
# What each needs beyond what its own build brings: a command that prints a
# version, and the oldest that will do.
TOOLS = {
    "rust": [("cargo", "--version", (1, 88))],
    "go": [("go", "version", (1, 26))],
    "python": [("python3", "--version", (3, 10))],
    "java": [("javac", "--version", (17,)), ("mvn", "--version", (3, 6))],
    "node": [("node", "--version", (18,)), ("npm", "--version", (8,))],
}
# Those whose TLS goes through the OpenSSL provider.
PROVIDER_CLIENTS = ("python", "node")
BUILD_SECONDS = 1800
# Build tools colour even what goes to a pipe.
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
CLOSING_LINE = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)


class Table:
    """cases.json."""

    def __init__(self):
        table = json.loads((HERE / "cases.json").read_text())
        self._key_types = table["key_types"]
        self._cases = table["cases"]
        self._unsupported = table["unsupported"]

    def cells(self):
        """Yields (name, case, key type)."""
        for case in self._cases:
            each = case.get("each_key")
            for key_type in self._key_types if each is True else each or [None]:
                yield (f"{case['name']}/{key_type}" if key_type else case["name"]), case, key_type

    def allows(self, client, name, word):
        """Why the client need not pass this case, or None."""
        for entry in self._unsupported:
            if entry["word"] == word and client in entry["clients"] and any(
                    fnmatch.fnmatch(name, pattern) for pattern in entry["cases"]):
                return entry["why"]
        return None


def conformance(client, rig, table):
    """{case: {"outcome", "why"}} of one client."""
    running = program.Program(CLIENTS / client / "conformance.sh", rig.environment())
    run = kinds.Run(running, rig.site, rig.signers)
    results = {}
    for name, case, key_type in table.cells():
        begin = time.monotonic()
        try:
            run.run(case, key_type)
            results[name] = {"outcome": "passed"}
        except kinds.Unsupported as error:
            why = table.allows(client, name, error.word)
            results[name] = ({"outcome": "unsupported", "why": f"{error.word}: {why}"} if why else
                             {"outcome": "failed", "why": f"{error.word} is not allowed here: {error}"})
        except Exception as error:  # whatever it is, the other cases run and are reported
            results[name] = {"outcome": "failed", "why": f"{type(error).__name__}: {error}"}
        results[name]["seconds"] = round(time.monotonic() - begin, 2)
    code = running.close()
    results["ends_cleanly"] = {"outcome": "passed"} if code == 0 else {
        "outcome": "failed", "why": f"exit status {code}: " + "\n".join(running.errors[-5:])}
    return results


class Rig:
    """The site, its two signers and an application host, for one client."""

    def __init__(self, folder, with_provider):
        self.site = site.Site(folder)
        self.signers = [site.Signer(self.site, name) for name in ("first", "second")]
        self._application = None
        try:
            for signer in self.signers:
                signer.start()
            if with_provider and provider.is_built():
                self._application = provider.ApplicationHost(self.site, [self.signers[0].endpoint])
        except BaseException:
            self.stop()
            raise

    def environment(self):
        return self.site.environment(self._application)

    def stop(self):
        if self._application:
            self._application.stop()
        for signer in self.signers:
            signer.stop()


def run_conformance(client, table):
    with tempfile.TemporaryDirectory(prefix=f"keyhold-{client}-") as folder:
        rig = None
        try:
            rig = Rig(folder + "/site", client in PROVIDER_CLIENTS)
            return conformance(client, rig, table)
        except Exception as error:
            return {"starts": {"outcome": "failed", "why": f"{type(error).__name__}: {error}"}}
        finally:
            if rig:
                rig.stop()


def run_script(client, script):
    """Runs build.sh or test.sh; returns (status, output)."""
    command = ["timeout", str(BUILD_SECONDS), str(CLIENTS / client / script)]
    done = subprocess.run(command, text=True, stdin=subprocess.DEVNULL, errors="replace", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def own_tests(client):
    """(passed, failed, skipped) of test.sh; prints its output if it failed."""
    code, output = run_script(client, "test.sh")
    lines = CLOSING_LINE.findall(COLOURS.sub("", output))
    if not lines:
        print(output)
        return 0, 1, 0
    passed, failed, skipped = (int(number or 0) for number in lines[-1])
    if code != 0 or failed:
        print(output)
        failed = max(failed, 1)
    return passed, failed, skipped


def what_is_missing(client):
    """Why a client cannot be built on this machine; None if it can."""
    for tool, flag, oldest in TOOLS[client]:
        if not shutil.which(tool):
            return f"this machine has no {tool}"
        printed = subprocess.run([tool, flag], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        found = re.search(r"\d+\.\d+(\.\d+)*", printed)
        version = tuple(int(part) for part in found.group().split(".")) if found else ()
        if version < oldest:
            return f"{tool} is {printed.strip()!r}, older than {'.'.join(map(str, oldest))}"
    return None


SYMBOLS = {"passed": "ok", "failed": "FAILED", "unsupported": "-"}


def print_table(report):
    clients = list(report["conformance"])
    names = list(dict.fromkeys(name for client in clients for name in report["conformance"][client]))
    width = max(map(len, names), default=4) + 1
    print(f"{'case':{width}}" + "".join(f"{client:>9}" for client in clients))
    for name in names:
        cells = [report["conformance"][client].get(name, {}).get("outcome") for client in clients]
        print(f"{name:{width}}" + "".join(f"{SYMBOLS.get(cell, ''):>9}" for cell in cells))
    notes = {}
    for client in clients:
        for name, result in report["conformance"][client].items():
            if result["outcome"] == "unsupported":
                notes.setdefault((client, result["why"]), []).append(name)
            elif result["outcome"] == "failed":
                print(f"FAILED {client} {name}: {result['why']}")
    examples = report["protocol_examples"]
    for name, result in examples.items():
        if result["outcome"] == "failed":
            print(f"FAILED docs/protocol.md {name}: {result['why']}")
    if examples:
        print(f"docs/protocol.md: {len(examples)} examples run with grpcurl")
    for (client, why), cases in notes.items():
        print(f"not supported: {client}, {len(cases)} cases, {why}")
    for client, why in report["not_testable"].items():
        print(f"NOT TESTED: {client}: {why}")


def totals(report):
    """Counts for tests/report/count.py. What is not supported, with a reason
    that cases.json allows, drops out of the count; a client that cannot be
    built here counts as one that was skipped."""
    passed = failed = skipped = 0
    failures = []
    for client, cases in {**report["conformance"], "docs/protocol.md": report["protocol_examples"]}.items():
        passed += sum(case["outcome"] == "passed" for case in cases.values())
        bad = [name for name, case in cases.items() if case["outcome"] == "failed"]
        failed += len(bad)
        failures += [f"{client}: {name}" for name in bad]
    for client, (good, bad, left_out) in report["own_tests"].items():
        passed, failed, skipped = passed + good, failed + bad, skipped + left_out
        failures += [f"clients/{client}/test.sh"] * bool(bad)
    return {"passed": passed, "failed": failed, "skipped": skipped + len(report["not_testable"]),
            "failures": failures}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=["conformance", "tests"])
    parser.add_argument("--results")
    parser.add_argument("--report")
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE")
    arguments = parser.parse_args()
    chosen = arguments.languages or [name for name in LANGUAGES if (CLIENTS / name / "conformance.sh").exists()]
    table = Table()
    report = {"own_tests": {}, "conformance": {}, "protocol_examples": {}, "not_testable": {},
              "seconds": {}}
    for client in chosen:
        begin = time.monotonic()
        missing = what_is_missing(client)
        if missing:
            report["not_testable"][client] = missing
            continue
        print(f"== {client}", flush=True)
        if arguments.only != "conformance":
            report["own_tests"][client] = own_tests(client)
        if arguments.only != "tests":
            code, output = run_script(client, "build.sh")
            if code != 0:
                print(output)
                report["conformance"][client] = {"builds": {"outcome": "failed", "why": "build.sh failed"}}
                continue
            report["conformance"][client] = run_conformance(client, table)
        report["seconds"][client] = round(time.monotonic() - begin, 1)
    if not arguments.languages and arguments.only != "tests":
        missing = what_is_missing("go")
        if missing:
            report["not_testable"]["docs/protocol.md"] = f"grpcurl is made by Go, and {missing}"
        else:
            try:
                report["protocol_examples"] = protocol_examples.run_examples()
            except Exception as error:
                why = f"{type(error).__name__}: {error}"
                report["protocol_examples"] = {"runs": {"outcome": "failed", "why": why}}
    print_table(report)
    for client, counts in report["own_tests"].items():
        print(f"{client}: own tests {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
    counts = totals(report)
    if arguments.report:
        pathlib.Path(arguments.report).write_text(json.dumps(report, indent=1) + "\n")
    if arguments.results:
        pathlib.Path(arguments.results).write_text(json.dumps(counts))
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
