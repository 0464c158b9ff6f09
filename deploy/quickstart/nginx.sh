# The scene of --nginx: stock nginx, whose key files hold no key. Sourced after
# scenes.sh.

nginx_port=8444

scene_nginx() {
  local folder="$work/app/nginx" site
  [[ "$hosts" == namespaces ]] || nginx_port="$(free_port)"
  mkdir -p "$folder"
  cat >"$work/app/agent.yaml" <<END
listen:
  - {path: $work/app/agent.sock, mode: "0600"}
signer:
  endpoints: ["$signer_address:$signer_port"]
  certificate_file: transport.crt
  private_key_file: transport.key
  ca_file: signer-ca.crt
rules:
  - {users: ["$EUID"], keys: ["*"]}
END
  run agent app '"event": *"ready"' \
    "$bin/tls_lib/agent/keyhold-agent" --config "$work/app/agent.yaml"
  say "keyhold-agent is ready on agent.sock"
  "$bin/cli/keyhold" setup nginx --write --root "$folder" \
    --module "$(readlink -f "$bin/tls_lib/provider/keyhold.so")" >"$work/setup.log"
  for site in "${sites[@]}"; do
    on_app "$bin/cli/keyhold" key-file "$site" --for-certificate "$work/app/sites/$site.crt" \
      --agent "$work/app/agent.sock" --agent-uid "$EUID" --out "$folder/$site.pem" >/dev/null ||
      die "keyhold key-file failed"
  done
  say "The file that nginx takes for the private key of ${sites[1]}:"
  sed 's/^/     /' "$folder/${sites[1]}.pem"
  nginx_configuration "$folder" >"$folder/nginx.conf"
  run nginx app 'start worker process ' env OPENSSL_CONF="$folder/etc/keyhold/openssl.cnf" \
    nginx -c "$folder/nginx.conf" -e stderr
  say "$(nginx -v 2>&1) is ready at $app_address:$nginx_port"
  nginx_pages
  nginx_search
}

nginx_configuration() {
  local folder="$1" site
  cat <<END
daemon off;
user root;
worker_processes 2;
pid $folder/nginx.pid;
error_log stderr notice;
env OPENSSL_CONF;
events {}
http {
  access_log off;
  client_body_temp_path $folder;
  proxy_temp_path $folder;
  fastcgi_temp_path $folder;
  uwsgi_temp_path $folder;
  scgi_temp_path $folder;
END
  for site in "${sites[@]}"; do
    cat <<END
  server {
    listen $app_address:$nginx_port ssl;
    server_name $site;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate $work/app/sites/$site.crt;
    ssl_certificate_key $folder/$site.pem;
    return 200 "hello from nginx\n";
  }
END
  done
  echo "}"
}

nginx_pages() {
  local site version trace
  printf '   %-21s %-9s %s\n' "nginx's page" "protocol" "scheme on the wire"
  for version in 1.3 1.2; do
    for site in "${sites[@]}"; do
      on_app curl --silent --fail --max-time 10 --noproxy "*" --cacert "$work/app/site-ca.crt" \
        --resolve "$site:$nginx_port:$app_address" "--tlsv$version" --tls-max "$version" \
        "https://$site:$nginx_port/" | grep -q '^hello from nginx$' ||
        die "curl could not fetch nginx's https://$site/ over TLS $version"
      trace="$(on_app openssl s_client -connect "$app_address:$nginx_port" -servername "$site" \
        "-tls${version/./_}" -CAfile "$work/app/site-ca.crt" -verify_hostname "$site" \
        -verify_return_error -trace </dev/null 2>&1)" || die "no handshake with nginx"
      printf '   %-21s %-9s %s\n' "$site" "TLSv$version" "$(traced_scheme <<<"$trace")"
    done
  done
}

nginx_search() {
  local master pid site keys=() result
  for site in "${sites[@]}"; do keys+=("$work/signer/keys/$site.key"); done
  master="$(<"$work/app/nginx/nginx.pid")"
  say "The private numbers of all keys, in nginx's master and workers:"
  for pid in "$master" $(pgrep -P "$master"); do
    search 0 --pid "$pid" --folder "$work/app" "${keys[@]}"
  done
}
