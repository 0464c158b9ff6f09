#!/usr/bin/env bash
# Shows Keyhold at work: TLS handshakes of a server that holds no private key.
#
#   ./deploy/quickstart.sh              build, show, clean up
#   ./deploy/quickstart.sh --keep       leave everything running until Ctrl-C
#   ./deploy/quickstart.sh --nginx      also stock nginx, with keyhold.so
#   ./deploy/quickstart.sh --loopback   without network namespaces
#
# Installs what it needs on Debian 12 (that alone needs root). Starts a signer
# on one "host" and an HTTPS server on another: two network namespaces joined
# by a cable, or just loopback where namespaces are not permitted. Whatever it
# starts, it stops; it writes nothing but Bazel's output and a temporary folder.
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/quickstart/stage.sh
source deploy/quickstart/scenes.sh
source deploy/quickstart/nginx.sh

keep=0
loopback=0
with_nginx=0
arguments=("$@")
while (($#)); do
  case "$1" in
    --keep) keep=1 ;;
    --loopback) loopback=1 ;;
    --nginx) with_nginx=1 ;;
    -h | --help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "quickstart: unknown option $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done

# As another user than root the script runs once more, inside a namespace: then
# this is done already.
if [[ -z "${KEYHOLD_QUICKSTART_BIN:-}" ]]; then
  step "Packages"
  ./deploy/install_dependencies.sh
  ((!with_nginx)) || ./deploy/install_servers.sh nginx procps
  step "Build (the first one takes some minutes)"
  bazel build --config=opt --show_progress_rate_limit=5 --ui_event_filters=-info \
    //cli:keyhold //signer_service:all //tls_lib/agent:keyhold-agent \
    //tls_lib/provider:keyhold.so //deploy/examples:https_server //deploy/examples:https_client
  KEYHOLD_QUICKSTART_BIN="$(bazel info --config=opt bazel-bin 2>/dev/null)"
  export KEYHOLD_QUICKSTART_BIN
  become_root_of_a_namespace "$0" "${arguments[@]}"
fi
bin="$KEYHOLD_QUICKSTART_BIN"

work="$(mktemp -d "${TMPDIR:-/tmp}/keyhold-quickstart.XXXXXX")"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

step "Two hosts"
make_hosts
step "Keys, certificates and configuration (keyhold init)"
scene_init
step "The signer and the HTTPS server"
scene_start
step "Pages over TLS, as curl and openssl s_client see them"
scene_pages
step "A client certificate whose key is on the signer"
scene_client_certificate
step "Where are the private keys?"
scene_search
if ((with_nginx)); then
  step "Stock nginx, with key files that hold no key"
  scene_nginx
fi
print_next
if ((keep)); then
  print_running
  wait_for_interrupt
fi
