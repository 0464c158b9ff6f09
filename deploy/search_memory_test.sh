#!/usr/bin/env bash
# search_memory.py finds each type of key in a server that holds it, and in
# each encoding in a file; and finds nothing where there is nothing.
set -euo pipefail

search="$PWD/deploy/search_memory.py"
work="$(mktemp -d "${TEST_TMPDIR:-/tmp}/searchXXXXXX")"
stop() { if [[ -n "${SERVER_PID:-}" ]]; then kill "$SERVER_PID"; wait "$SERVER_PID" || true; fi; }
trap 'stop; rm -rf "$work"' EXIT
cd "$work"

fail() { echo "FAIL: $*" >&2; cat out >&2; exit 1; }
# expect CODE TEXT ARGUMENTS...
expect() {
  local code=0 want="$1" text="$2"
  shift 2
  python3 "$search" "$@" >out 2>&1 || code=$?
  [[ "$code" == "$want" ]] || fail "exit status $code, not $want: $*"
  grep -qF -- "$text" out || fail "no \"$text\": $*"
}

openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.key
openssl genpkey -algorithm ED25519 -out ed25519.key
openssl genpkey -algorithm ED448 -out ed448.key
openssl genpkey -algorithm ED25519 -out other.key

for type in rsa ec ed25519 ed448; do
  openssl req -x509 -new -key "$type.key" -subj "/CN=$type" -out "$type.crt"
  coproc SERVER { exec openssl s_server -accept 127.0.0.1:0 -key "$type.key" -cert "$type.crt" 2>&1; }
  # It prints this once the key is loaded and the port is open.
  while read -r -u "${SERVER[0]}" line && [[ "$line" != ACCEPT* ]]; do :; done
  server="$SERVER_PID"
  expect 1 "found 1 of 2 keys" --pid "$server" "$type.key" other.key
  expect 0 "found none of" --pid "$server" other.key
  stop

  mkdir "$type"
  expect 0 "found none of" --folder "$type" "$type.key"
  openssl x509 -in "$type.crt" -out "$type/public.crt"
  expect 0 "found none of" --folder "$type" "$type.key"
  cp "$type.key" "$type/copy.pem"
  expect 1 "as PEM text, in" --folder "$type" "$type.key"
  rm "$type/copy.pem"
  openssl pkey -in "$type.key" -outform DER -out "$type/copy.der"
  expect 1 "big-endian, in" --folder "$type" "$type.key"
done

expect 2 "no PKCS#8 private key in PEM" --folder . rsa.crt
expect 2 "process 4194304" --pid 4194304 rsa.key
