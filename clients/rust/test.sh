#!/usr/bin/env bash
# Builds, lints and tests the crate. Installs nothing: says what is missing.
# The tests start keyhold-signer, from $KEYHOLD_BIN or the project's bazel-bin.
# Ends with one line: "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")"

missing=()
command -v protoc >/dev/null || missing+=("protoc (Debian: protobuf-compiler)")
command -v openssl >/dev/null || missing+=(openssl)
command -v curl >/dev/null || missing+=(curl)
if command -v cargo >/dev/null; then
  cargo clippy --version >/dev/null 2>&1 || missing+=("cargo clippy (rustup component add clippy)")
  cargo fmt --version >/dev/null 2>&1 || missing+=("cargo fmt (rustup component add rustfmt)")
else
  missing+=("cargo, 1.88 or later (Debian 12: cargo-web and rustc-web)")
fi
bin="${KEYHOLD_BIN:-../../bazel-bin}"
for program in signer_service/keyhold-signer cli/keyhold; do
  [[ -x "$bin/$program" ]] || missing+=("$bin/$program (bazel build //signer_service:keyhold-signer //cli:keyhold)")
done
if ((${#missing[@]})); then
  printf 'clients/rust/test.sh: missing: %s\n' "${missing[@]}" >&2
  exit 1
fi

output="$(mktemp)"
trap 'rm -f "$output"' EXIT
status=0
cargo fmt --check || status=$?
cargo clippy --locked --all-targets -- -D warnings || status=$?
RUSTDOCFLAGS="-D warnings" cargo doc --locked --quiet --no-deps || status=$?
cargo test --locked --no-fail-fast 2>&1 | tee "$output" || status=$?
awk -v status="$status" '
  /^test result:/ { passed += $4; failed += $6; skipped += $8 }
  END {
    # A lint that complains, or a test that does not build, is one failure.
    if (status != 0 && failed == 0) failed = 1
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
  }' "$output"
exit "$status"
