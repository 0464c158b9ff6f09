#!/usr/bin/env bash
# Builds, lints and tests; the last line is "N passed, N failed, N skipped".
# The tests with the real signer find it in $KEYHOLD_BIN, or in bazel-bin.
set -euo pipefail
cd "$(dirname "$0")"
./build.sh
npm run --silent lint
status=0
node --test --test-reporter=tap test/*.test.js >dist/test.out 2>&1 || { status=$?; cat dist/test.out; }
count() { sed -n "s/^# $1 \([0-9]*\)$/\1/p" dist/test.out | tail -1; }
echo "$(count pass) passed, $(($(count fail) + $(count cancelled))) failed, $(count skipped) skipped"
exit "$status"
