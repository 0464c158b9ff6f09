# What the quickstart shows, scene by scene. Sourced after stage.sh.

sites=(rsa.example.test ecdsa.example.test ed25519.example.test)

# The two halves of what init makes go to the two hosts, as an operator would
# copy them.
scene_init() {
  "$bin/cli/keyhold" init "$work/dev" --listen "$signer_address:$signer_port" \
    >"$work/init.log" || die "keyhold init failed"
  cp -a "$work/dev/signer/." "$work/signer/"
  cp -a "$work/dev/app/." "$work/app/"
  rm -rf "${work:?}/dev"
  if [[ -n "$host_of_app" ]]; then
    # What was mounted before the copy is empty still.
    on_signer ls "$work/app" | grep -q . && die "the signer's host sees the application's files"
    on_app ls "$work/signer" | grep -q . && die "the application's host sees the signer's files"
  fi
  say "signer's host:       $(cd "$work/signer/keys" && echo *.key)"
  say "application's host:  $(cd "$work/app/sites" && echo *.crt) client.crt"
  say "                     and transport.key, by which the signer knows the application"
}

# The name in the certificate that the signer shows the application.
signer_identity() {
  on_app openssl s_client -connect "$signer_address:$signer_port" -alpn h2 \
    -cert "$work/app/transport.crt" -key "$work/app/transport.key" \
    -CAfile "$work/app/signer-ca.crt" -verify_return_error </dev/null 2>/dev/null |
    openssl x509 -noout -ext subjectAltName | grep -o 'spiffe://[^,]*'
}

scene_start() {
  run signer signer '"event": *"ready"' \
    "$bin/signer_service/keyhold-signer" --config "$work/signer/signer.yaml"
  say "keyhold-signer is ready at $signer_address:$signer_port, as $(signer_identity)"
  local site certificates=()
  for site in "${sites[@]}"; do
    certificates+=(--certificate "$work/app/sites/$site.crt")
  done
  signer_flags=(--signer "$signer_address:$signer_port" --signer-ca "$work/app/signer-ca.crt"
    --identity "$work/app/transport.crt" --identity-key "$work/app/transport.key")
  run server app '^listening on ' \
    "$bin/deploy/examples/https_server" --listen "$app_address:$https_port" \
    "${signer_flags[@]}" "${certificates[@]}"
  server="$running"
  say "https_server is ready at $app_address:$https_port"
  say "What the signer lets this application sign (keyhold keys list):"
  on_app "$bin/cli/keyhold" keys list --config "$work/app/keyhold.yaml" | sed 's/^/     /'
}

# The last signature scheme in a trace of s_client or s_server.
traced_scheme() {
  awk '/CertificateVerify, |ServerKeyExchange, / { signed = 1 }
       signed && /Signature Algorithm: / { scheme = $3; signed = 0 }
       END { print scheme }'
}

# page SITE VERSION: fetches it with curl, looks again with s_client, and
# prints a row.
page() {
  local site="$1" version="$2" body trace scheme
  body="$(on_app curl --silent --show-error --fail --max-time 10 --noproxy "*" \
    --cacert "$work/app/site-ca.crt" --resolve "$site:$https_port:$app_address" \
    "--tlsv$version" --tls-max "$version" \
    --write-out '\ntimes: %{time_connect} %{time_appconnect}\n' \
    "https://$site:$https_port/")" || die "curl could not fetch https://$site/ over TLS $version"
  trace="$(on_app openssl s_client -connect "$app_address:$https_port" \
    -servername "$site" "-tls${version/./_}" -CAfile "$work/app/site-ca.crt" \
    -verify_hostname "$site" -verify_return_error -trace </dev/null 2>&1)" ||
    die "openssl s_client could not connect to $site over TLS $version"
  scheme="$(traced_scheme <<<"$trace")"
  printf '   %-21s %-9s %-23s %-23s %s\n' "$site" \
    "$(sed -n 's/^New, \(TLSv[0-9.]*\),.*/\1/p' <<<"$trace")" "$scheme" \
    "$(sed -n 's/^signed by: *//p' <<<"$body")" \
    "$(awk '/^times:/ { printf "%.1f ms", ($3 - $2) * 1000 }' <<<"$body")"
}

scene_pages() {
  local site version
  printf '   %-21s %-9s %-23s %-23s %s\n' "page" "protocol" "scheme on the wire" \
    "signed by" "handshake"
  for version in 1.3 1.2; do
    for site in "${sites[@]}"; do page "$site" "$version"; done
  done
  say "(The first handshake of each row also asks the signer for the scheme; the very first connects.)"
}

# client_page VERSION: https_client fetches a page from openssl s_server, which
# asks for a client certificate of the site CA and verifies it.
client_page() {
  local version="$1" name=peer.example.test port=9443 body
  [[ "$hosts" == namespaces ]] || port="$(free_port)"
  run "peer-$version" app '^ACCEPT' openssl s_server -accept "$app_address:$port" \
    -cert "$work/peer.crt" -key "$work/peer.key" -CAfile "$work/app/site-ca.crt" \
    -Verify 1 -verify_return_error -naccept 1 -www -trace
  local peer="$running"
  body="$(on_app "$bin/deploy/examples/https_client" --tls "$version" --ca "$work/peer.crt" \
    --connect "$app_address:$port" --certificate "$work/app/client.crt" \
    "${signer_flags[@]}" "https://$name/" 2>&1)" ||
    { echo "$body" >&2; die "https_client could not fetch a page over TLS $version"; }
  wait "$peer" || true
  grep -q 'CN *= *app-client' <<<"$body" || { echo "$body" >&2; die "the server saw no client certificate"; }
  printf '   %-21s %-9s %s\n' "app-client" "TLSv$version" \
    "$(traced_scheme <"$work/peer-$version.log")"
}

scene_client_certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 \
    -subj /CN=peer -addext subjectAltName=DNS:peer.example.test \
    -keyout "$work/peer.key" -out "$work/peer.crt" 2>/dev/null
  printf '   %-21s %-9s %s\n' "client certificate" "protocol" "scheme, as openssl s_server saw it"
  client_page 1.3
  client_page 1.2
}

# search STATUS ARGUMENTS...: STATUS is 0 if nothing must be found, 1 if
# something must. Sets $result.
search() {
  local want="$1" status=0
  shift
  result="$(python3 deploy/search_memory.py --quiet "$@")" || status=$?
  say "  $result"
  ((status < 2)) || die "the search could not be made"
  ((status == want)) || die "that is not what should have been found"
}

scene_search() {
  local site keys=() local_flags=() result
  for site in "${sites[@]}"; do
    keys+=("$work/signer/keys/$site.key")
    local_flags+=(--certificate "$work/app/sites/$site.crt" --local-key "$work/signer/keys/$site.key")
  done
  say "The private numbers of all keys, in every encoding that OpenSSL uses, looked for"
  say "in the memory and the files of the server that has just served these pages:"
  search 0 --pid "$server" --folder "$work/app" "${keys[@]}" "$work/signer/keys/app-client.key"
  say "and in the memory of the same program, started with the keys in local files:"
  run local-server here '^listening on ' "$bin/deploy/examples/https_server" \
    --listen 127.0.0.1:0 "${local_flags[@]}"
  search 1 --pid "$running" "${keys[@]}"
  grep -q "^found ${#keys[@]} of ${#keys[@]} keys" <<<"$result" || die "not all keys were found"
  stop "$running"
}

# Bazel's link, if it leads to what was built here.
short_bin() {
  if [[ "$(readlink -f bazel-bin)" == "$(readlink -f "$bin")" ]]; then echo bazel-bin; else echo "$bin"; fi
}

print_next() {
  cat <<END

== What next
   Your own setup:   $(short_bin)/cli/keyhold init dev
   An HTTPS server:  deploy/examples/https_server.cc
   How it works:     ARCHITECTURE.md; what it protects from: docs/threat-model.md
END
  ((keep)) || echo "   Try it yourself:  ./deploy/quickstart.sh --keep"
}

print_running() {
  local enter=""
  if [[ -n "$host_of_app" ]]; then
    enter="nsenter --target $host_of_app --net --mount "
    [[ -z "${KEYHOLD_QUICKSTART_USERNS:-}" ]] ||
      enter="nsenter --target $host_of_app --user --net --mount --preserve-credentials "
  fi
  cat <<END

== Still running; Ctrl-C ends it. From another terminal:
   A page:
     ${enter}curl --cacert $work/app/site-ca.crt \\
       --resolve rsa.example.test:$https_port:$app_address https://rsa.example.test:$https_port/
   The keys that the application may use:
     ${enter}$bin/cli/keyhold keys list --config $work/app/keyhold.yaml
   Logs: $work/signer.log and $work/server.log
END
}
