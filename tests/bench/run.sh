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
bazel build --config=opt //signer_service/... //cli:keyhold \
  //deploy/examples/... //tests/bench/...
exec /usr/bin/python3 -m tests.bench.bench "$@"
