#!/usr/bin/env bash
# Builds, lints and tests; the last line is "N passed, N failed, N skipped".
# The tests with the real signer find it in $KEYHOLD_BIN, or in bazel-bin.
set -euo pipefail
cd "$(dirname "$0")"
./build.sh
.venv/bin/ruff check --quiet .
.venv/bin/ruff format --quiet --check .
.venv/bin/mypy
status=0
.venv/bin/pytest -p no:cacheprovider | tee .venv/pytest.out || status=$?
count() { sed -n "\$s/^\(.*[ ,]\)\?\([0-9]\+\) $1.*/\2/p" .venv/pytest.out; }
failed="$(count failed)" errors="$(count error)"
echo "$(count passed | grep . || echo 0) passed, $((${failed:-0} + ${errors:-0})) failed, $(count skipped | grep . || echo 0) skipped"
exit "$status"
