"""Runs the end-to-end tests and writes their counts for tests/run.sh.

    python3 -m tests.e2e.run [--results FILE] [NAME ...]

NAME is a module or a test: `test_handshakes`, `test_eof.ServerSees.test_x`.
"""

import argparse
import json
import pathlib
import sys
import unittest


def load(names):
    loader = unittest.TestLoader()
    if not names:
        here = pathlib.Path(__file__).parent
        return loader.discover(str(here), top_level_dir=str(here.parents[1]))
    return loader.loadTestsFromNames([f"tests.e2e.{name}" for name in names])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--results")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(load(arguments.names))
    bad = {str(case) for case, _ in result.failures + result.errors}
    bad.update(str(case) for case in result.unexpectedSuccesses)
    skipped = len(result.skipped)
    if arguments.results:
        counts = {
            "passed": max(result.testsRun - len(bad) - skipped, 0),
            "failed": len(bad),
            "skipped": skipped,
            "failures": sorted(bad),
        }
        pathlib.Path(arguments.results).write_text(json.dumps(counts))
    return 1 if bad or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
