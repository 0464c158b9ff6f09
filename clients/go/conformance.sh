#!/usr/bin/env bash
# The conformance program that tests/clients drives: conformance.sh ENV.json
exec "$(dirname "$0")/bin/conformance" "$@"
