"""Counts what ran and prints the closing line of tests/run.sh.

    count.py FOLDER [FILE ...]

Reads bazel.json (Bazel's build event file: which test targets ran, and where
their XML is), e2e.json and clients.json (the counts of those runners) from
the folder given. A target that failed to build or to run counts as one failure,
and so does each FILE that is not there: its runner did not come to its end.
Exit status 1 if anything failed, or if nothing ran.
"""

import json
import pathlib
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


def count_xml(path):
    """Returns (passed, failed, skipped) of one GoogleTest or Bazel XML."""
    passed = failed = skipped = 0
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def bazel_results(path):
    """Yields (label, counts) for each test target of a build event file."""
    xml = {}
    overall = {}
    for line in path.read_text().splitlines():
        event = json.loads(line)
        ident = event.get("id", {})
        if "testResult" in event:
            label = ident["testResult"]["label"]
            for output in event["testResult"].get("testActionOutput", []):
                if output["name"] == "test.xml":
                    uri = urllib.parse.urlparse(output["uri"])
                    xml.setdefault(label, set()).add(urllib.parse.unquote(uri.path))
        elif "testSummary" in event:
            overall[ident["testSummary"]["label"]] = event["testSummary"]["overallStatus"]
        elif "targetCompleted" in ident and not event.get("completed", {}).get("success"):
            overall.setdefault(ident["targetCompleted"]["label"], "FAILED_TO_BUILD")
    for label, status in sorted(overall.items()):
        counts = (0, 0, 0)
        for file in xml.get(label, ()):
            counts = tuple(a + b for a, b in zip(counts, count_xml(file)))
        if status != "PASSED" and counts[1] == 0:
            counts = (counts[0], 1, counts[2])
        yield label, counts


def main():
    folder = pathlib.Path(sys.argv[1])
    total = (0, 0, 0)
    failures = []
    bazel = folder / "bazel.json"
    if bazel.exists():
        for label, counts in bazel_results(bazel):
            total = tuple(a + b for a, b in zip(total, counts))
            if counts[1]:
                failures.append(label)
    for counts in (folder / "e2e.json", folder / "clients.json"):
        if not counts.exists():
            continue
        results = json.loads(counts.read_text())
        total = tuple(
            a + b for a, b in zip(total, (results["passed"], results["failed"], results["skipped"])))
        failures.extend(results["failures"])
    lost = [name for name in sys.argv[2:] if not (folder / name).exists()]
    total = (total[0], total[1] + len(lost), total[2])
    failures.extend(f"{name} was not written: see above" for name in lost)
    for name in failures:
        print(f"FAILED: {name}")
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
