#!/usr/bin/env bash
# Builds, with the compiler's lint, and tests; the last line is
# "N passed, N failed, N skipped". The tests with the real signer find it in
# $KEYHOLD_BIN, or in bazel-bin.
set -euo pipefail
cd "$(dirname "$0")"
./build.sh
status=0
mvn --batch-mode -Dstyle.color=never surefire:test >target/test.out 2>&1 || { status=$?; cat target/test.out; }
sed -n 's/^.*Tests run: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\), Skipped: \([0-9]*\)$/\1 \2 \3 \4/p' \
  target/test.out | tail -1 | {
  read -r run failures errors skipped
  echo "$((run - failures - errors - skipped)) passed, $((failures + errors)) failed, $skipped skipped"
}
exit "$status"
