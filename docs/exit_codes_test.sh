#!/usr/bin/env bash
# docs/cli.md has the same table of exit codes as keyhold --help.
set -euo pipefail
help="$(./cli/keyhold --help | sed -n 's/^  \([0-9]\)  \(.*\)/\1 \2/p')"
documented="$(sed -n 's/^| \([0-9]\) | \(.*\) |$/\1 \2/p' docs/cli.md)"
diff <(echo "$help") <(echo "$documented") && [[ -n "$help" ]] ||
  { echo "FAIL: < is in --help, > is in cli.md" >&2; exit 1; }
