#!/usr/bin/env bash
# Runs the conformance program; ./build.sh first. See tests/clients/README.md.
exec node "$(dirname "$0")/test/conformance.js" "$@"
