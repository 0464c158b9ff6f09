#!/usr/bin/env bash
# Generates, builds, lints and tests the module. Installs nothing: says what is
# missing (Go fetches the modules that go.sum pins).
# The tests start keyhold-signer, from $KEYHOLD_BIN or the project's bazel-bin.
# Ends with one line: "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")"

missing=()
for program in curl openssl; do
  command -v "$program" >/dev/null || missing+=("$program")
done
command -v go >/dev/null || missing+=("go, 1.26 or later")
command -v protoc >/dev/null || missing+=("protoc (Debian: protobuf-compiler)")
bin="${KEYHOLD_BIN:-../../bazel-bin}"
for program in signer_service/keyhold-signer cli/keyhold; do
  [[ -x "$bin/$program" ]] || missing+=("$bin/$program (bazel build //signer_service:keyhold-signer //cli:keyhold)")
done
if ((${#missing[@]})); then
  printf 'clients/go/test.sh: missing: %s\n' "${missing[@]}" >&2
  exit 1
fi

output="$(mktemp)"
trap 'rm -f "$output"' EXIT
status=0
go generate ./...
unformatted="$(gofmt -l .)"
if [[ -n "$unformatted" ]]; then
  printf 'not formatted: %s\n' "$unformatted" >&2
  status=1
fi
go vet ./... || status=$?
go tool staticcheck ./... || status=$?
go mod verify >/dev/null || status=$?
go test -count=1 -v -timeout 5m ./... 2>&1 | tee "$output" || status=$?
awk -v status="$status" '
  /^--- PASS:/ { passed++ }
  /^--- FAIL:/ { failed++ }
  /^--- SKIP:/ { skipped++ }
  END {
    # A lint that complains, or a test that does not build, is one failure.
    if (status != 0 && failed == 0) failed = 1
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
  }' "$output"
exit "$status"
