#!/usr/bin/env bash
# Measures Keyhold's figures side by side with what they are compared to.
# Prints a table and writes bench.json in the project's root.
#
#   ./tests/bench/run.sh                    every figure
#   ./tests/bench/run.sh --quick NAME …     only these
#   ./tests/bench/run.sh --list             what there is, and each target
#   ./tests/bench/run.sh --plots            draws docs/performance/*.svg
set -euo pipefail
cd "$(dirname "$0")/../.."
./deploy/install_dependencies.sh
bazel build --config=opt //signer_service:all //cli:keyhold \
  //deploy/examples/... //tls_lib/agent:keyhold-agent //tls_lib/provider:keyhold.so \
  //tests/bench/...
./deploy/install_servers.sh haproxy nginx softhsm2 p11-kit p11-kit-modules libengine-pkcs11-openssl
exec /usr/bin/python3 -m tests.bench.bench "$@"
