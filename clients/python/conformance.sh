#!/usr/bin/env bash
# Runs the conformance program; ./build.sh first. See tests/clients/README.md.
exec "$(dirname "$0")/.venv/bin/python" "$(dirname "$0")/tests/conformance_program.py" "$@"
