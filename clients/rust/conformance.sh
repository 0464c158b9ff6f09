#!/usr/bin/env bash
# The conformance program that tests/clients drives: conformance.sh ENV.json
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
exec "${CARGO_TARGET_DIR:-$here/target}/release/examples/conformance" "$@"
