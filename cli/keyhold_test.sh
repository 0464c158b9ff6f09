#!/usr/bin/env bash
# The keyhold command against a real signer, with openssl as the judge of its
# signatures.
set -euo pipefail

keyhold="$PWD/cli/keyhold"
signer="$PWD/signer_service/keyhold-signer"
# Not in TEST_TMPDIR: the path of a UNIX socket has at most 107 bytes.
work="$(mktemp -d /tmp/keyholdXXXXXX)"
trap '[[ -z "${SIGNER_PID:-}" ]] || kill "$SIGNER_PID"; rm -rf "$work"' EXIT
cd "$work"

fail() { echo "FAIL: $*" >&2; cat out err >&2; exit 1; }
# run CODE ARGUMENTS...: runs keyhold; its output is in the files out and err.
run() {
  local want="$1" code=0
  shift
  "$keyhold" "$@" >out 2>err || code=$?
  [[ "$code" == "$want" ]] || fail "exit code $code, not $want: keyhold $*"
}
has() { grep -qF -- "$2" "$1" || fail "no \"$2\" in $1"; }

# A setup, and a rule that lets the local operator sign anything with one key.
run 0 init dev --listen 127.0.0.1:0
cat >>dev/signer/signer.yaml <<END
    - name: oracle
      identities: ["uid:$(id -u)"]
      keys: ["rsa.example.test"]
      usages: [digest, message]
END
run 0 check-config dev/signer/signer.yaml
has out "3 policy rules"
has err "warning: "

coproc SIGNER { exec "$signer" --config dev/signer/signer.yaml 2>&1; }
while read -r -u "${SIGNER[0]}" line && [[ "$line" != *'"event":"ready"'* ]]; do
  echo "$line"
done
address="$(grep -o '127\.0\.0\.1:[0-9]*' <<<"$line")"
sed -i "s/127.0.0.1:0/$address/" dev/app/keyhold.yaml
export KEYHOLD_CONFIG="$work/dev/app/keyhold.yaml"

run 0 keys list
for key in rsa.example.test ecdsa.example.test ed25519.example.test app-client; do
  has out "$key "
done
run 0 keys list --json
python3 -c 'import json; assert len(json.load(open("out"))["keys"]) == 4'
run 0 keys show rsa.example.test
has out "rsa_pss_rsae_sha256"
run 0 keys show cert:dev/app/client.crt --json
has out '"id": "app-client"'
run 4 keys show no-such-key --json
has err '"reason": "KEY_NOT_FOUND"'

run 0 choose rsa.example.test
[[ "$(cat out)" == rsa_pss_rsae_sha256 ]] || fail "chose $(cat out)"
run 0 choose rsa.example.test --tls 1.2 --offered 0x0a0a,rsa_pkcs1_sha256
[[ "$(cat out)" == rsa_pkcs1_sha256 ]] || fail "chose $(cat out)"
run 6 choose rsa.example.test --offered rsa_pkcs1_sha256
has err "no signature scheme in common"

# RFC 8446 §4.4.3.
hash="$(head -c 32 /dev/zero | sha256sum | cut -c1-64)"
for role in server client; do
  { printf '%64s' ""; printf 'TLS 1.3, %s CertificateVerify\0' "$role"
    python3 -c "import sys; sys.stdout.buffer.write(bytes.fromhex('$hash'))"; } >"content.$role"
done
run 0 sign ed25519.example.test --transcript-hash "$hash" --out signature
openssl x509 -in dev/app/sites/ed25519.example.test.crt -noout -pubkey >public
openssl pkeyutl -verify -pubin -inkey public -rawin -in content.server \
  -sigfile signature >out 2>err || fail "openssl refuses the Ed25519 signature"
run 0 sign app-client --transcript-hash "$hash"
base64 -d <out >signature
openssl x509 -in dev/app/client.crt -noout -pubkey >public
openssl dgst -sha256 -verify public -signature signature content.client >out 2>err ||
  fail "openssl refuses the client's signature"
run 3 sign app-client --role server --transcript-hash "$hash"
has err "it allows: tls13_client, tls12_client"

# Whole messages and digests: only where policy names them.
echo "anything" >file
run 3 sign rsa.example.test --message file
run 3 sign rsa.example.test --digest-of file
openssl x509 -in dev/app/sites/rsa.example.test.crt -noout -pubkey >public
socket="unix:$work/dev/signer/signer.sock"
for form in --message --digest-of; do
  run 0 sign rsa.example.test "$form" file --signer "$socket" \
    --scheme rsa_pkcs1_sha384 --out signature
  openssl dgst -sha384 -verify public -signature signature file >out 2>err ||
    fail "openssl refuses the signature of $form"
done

# A stranger's certificate; and nobody there at all.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x \
  -keyout stranger.key -out stranger.crt 2>err
run 5 keys list --certificate stranger.crt --private-key stranger.key --timeout 1
kill "$SIGNER_PID"
while read -r -u "${SIGNER[0]}" line; do :; done
SIGNER_PID=""
run 5 keys list --timeout 0.5
has err "$address"
run 2 keys list --signer "$address" --config ""
