#!/usr/bin/env bash
# docs/errors.md has a line for each reason in errors.proto, under its status,
# and no other.
set -euo pipefail
# In the .proto a comment with the status stands above its reasons.
defined="$(awk '
  /^  \/\/ [A-Z_]+(:|$)/ { status = $2; sub(":", "", status) }
  /^  ERROR_REASON_/ && $1 != "ERROR_REASON_UNSPECIFIED" {
    sub("ERROR_REASON_", "", $1); print status, $1 }' \
  proto/keyhold/signer/v1/errors.proto | sort)"
documented="$(sed -n 's/^| \([A-Z_]*\) | `\([A-Z_]*\)` |.*/\1 \2/p' docs/errors.md | sort)"
diff <(echo "$defined") <(echo "$documented") && [[ -n "$defined" ]] ||
  { echo "FAIL: < is only in errors.proto, > is only in errors.md" >&2; exit 1; }
