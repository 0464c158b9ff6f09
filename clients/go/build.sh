#!/usr/bin/env bash
# Builds what conformance.sh runs.
set -euo pipefail
cd "$(dirname "$0")"
go generate ./...
exec go build -o bin/conformance ./internal/conformance
