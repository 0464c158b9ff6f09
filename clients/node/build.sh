#!/usr/bin/env bash
# Installs what is locked, makes the protocol's code, and compiles.
set -euo pipefail
cd "$(dirname "$0")"
stamp="$(find package.json package-lock.json tsconfig.json src ../../proto -name gen -prune -o -type f -print0 |
  sort -z | xargs -0 sha256sum | sha256sum)"
if [[ "$(cat dist/built 2>/dev/null)" != "$stamp" || ! -d node_modules ]]; then
  npm ci --silent --no-audit --no-fund
  npm run --silent build
  echo "$stamp" >dist/built
fi
