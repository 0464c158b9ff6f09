#!/usr/bin/env bash
# docs/dependencies.md and deploy/install_dependencies.sh name the same packages.
set -euo pipefail
installed="$(./deploy/install_dependencies.sh --list | sort)"
documented="$(sed -n 's/^| \(`[^|]*`\) |.*/\1/p' docs/dependencies.md | grep -o '`[^`]*`' | tr -d '`' | sort)"
diff <(echo "$installed") <(echo "$documented") && [[ -n "$installed" ]] ||
  { echo "FAIL: < is only installed, > is only documented" >&2; exit 1; }
