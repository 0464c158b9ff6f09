#!/usr/bin/env bash
# Runs the conformance program; ./build.sh first. See tests/clients/README.md.
# Where the environment has the OpenSSL provider, it comes by openssl.cnf.
here="$(cd "$(dirname "$0")" && pwd)"
OPENSSL_CONF="$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1])).get("provider", {}).get("openssl_conf", ""))' "$1")"
if [[ -n "$OPENSSL_CONF" ]]; then export OPENSSL_CONF; else unset OPENSSL_CONF; fi
exec "$here/.venv/bin/python" "$here/tests/conformance_program.py" "$@"
