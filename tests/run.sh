#!/usr/bin/env bash
# Builds everything and runs all tests: the unit, conformance and contract
# tests under Bazel, then the end-to-end tests against programs that are not
# part of Keyhold, then the clients of other languages. Ends with one line:
# "N passed, N failed, N skipped".
#
#   ./tests/run.sh                    everything
#   ./tests/run.sh --config=asan      Bazel's tests under ASan and UBSan
#   ./tests/run.sh --config=tsan      Bazel's tests under TSan
#   ./tests/run.sh --bazel-only       Bazel's tests only
#   ./tests/run.sh --e2e-only [NAME]  the end-to-end tests, or some of them
#   ./tests/run.sh --clients-only [LANGUAGE]  the clients, or some of them
#
# Installs what it needs on Debian 12. Exit status 0 if nothing failed.
set -euo pipefail
cd "$(dirname "$0")/.."

bazel_config=""
run_bazel=1
run_e2e=1
run_clients=1
names=()
while (($#)); do
  case "$1" in
    --config=*) bazel_config="$1"; run_e2e=0; run_clients=0 ;;
    --bazel-only) run_e2e=0; run_clients=0 ;;
    --e2e-only) run_bazel=0; run_clients=0 ;;
    --clients-only) run_bazel=0; run_e2e=0 ;;
    -h | --help) sed -n '2,15s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "tests/run.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
    *) names+=("$1") ;;
  esac
  shift
done

./deploy/install_dependencies.sh

# Test vectors from elsewhere are read from beside the project.
vectors="${KEYHOLD_VECTORS:-$PWD/../shared/vectors/wycheproof}"
if [[ -d "$vectors" ]]; then
  KEYHOLD_VECTORS="$(cd "$vectors" && pwd)"
  export KEYHOLD_VECTORS
else
  unset KEYHOLD_VECTORS
  echo "No test vectors at $vectors: the vector tests drop out of the count."
fi

results="$(mktemp -d)"
trap 'rm -rf "$results"' EXIT
status=0
expected=()

if ((run_bazel)); then
  expected+=(bazel.json)
  echo "== Tests under Bazel ${bazel_config}"
  bazel test ${bazel_config:+"$bazel_config"} --keep_going \
    --build_event_json_file="$results/bazel.json" //... || status=$?
fi

if ((run_e2e)); then
  expected+=(e2e.json)
  echo "== End-to-end tests"
  bazel build //signer_service:all //cli:keyhold //deploy/examples/... \
    //tls_lib/agent:keyhold-agent //tls_lib/provider:keyhold.so
  ./deploy/install_servers.sh
  /usr/bin/python3 -m tests.e2e.run --results "$results/e2e.json" "${names[@]}" || status=$?
fi

if ((run_clients)); then
  expected+=(clients.json)
  echo "== Clients"
  bazel build //signer_service:keyhold-signer //cli:keyhold \
    //tls_lib/agent:keyhold-agent //tls_lib/provider:keyhold.so
  ./clients/install_toolchains.sh
  /usr/bin/python3 -m tests.clients.run --results "$results/clients.json" "${names[@]}" || status=$?
fi

/usr/bin/python3 tests/report/count.py "$results" "${expected[@]}" || status=$?
exit "$status"
