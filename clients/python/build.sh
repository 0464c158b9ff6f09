#!/usr/bin/env bash
# Makes .venv with the package and what its tests need.
set -euo pipefail
cd "$(dirname "$0")"
[[ -x .venv/bin/python ]] || python3 -m venv .venv
# pip only when what it depends on has changed.
stamp="$(cat pyproject.toml setup.py ../../proto/keyhold/signer/v1/*.proto | sha256sum)"
if [[ "$(cat .venv/built 2>/dev/null)" != "$stamp" ]]; then
  .venv/bin/pip install --quiet --disable-pip-version-check --editable '.[dev]'
  echo "$stamp" >.venv/built
fi
