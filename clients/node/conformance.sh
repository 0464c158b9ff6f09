#!/usr/bin/env bash
# Runs the conformance program; ./build.sh first. See tests/clients/README.md.
# Where the environment has the OpenSSL provider, it comes by openssl.cnf.
OPENSSL_CONF="$(node -p 'JSON.parse(fs.readFileSync(process.argv[1])).provider?.openssl_conf ?? ""' "$1")"
if [[ -n "$OPENSSL_CONF" ]]; then export OPENSSL_CONF; else unset OPENSSL_CONF; fi
exec node "$(dirname "$0")/test/conformance.js" "$@"
