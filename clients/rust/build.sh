#!/usr/bin/env bash
# Builds what conformance.sh runs.
set -euo pipefail
cd "$(dirname "$0")"
exec cargo build --locked --release --example conformance
