#!/usr/bin/env bash
# docs/defaults.md lists the signature schemes in the order of the code's table,
# which the command prints when it is given a name that is none.
set -euo pipefail
known="$({ ./cli/keyhold choose key --offered none 2>&1 || true; } |
  sed -n 's/.*known are //p' | sed 's/, /\n/g')"
documented="$(sed -n 's/^[0-9]*\. `\([a-z0-9_]*\)`$/\1/p' docs/defaults.md)"
diff <(echo "$known") <(echo "$documented") && [[ -n "$known" ]] ||
  { echo "FAIL: < is known, > is in defaults.md" >&2; exit 1; }
