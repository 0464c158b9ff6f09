#!/usr/bin/env bash
# Makes signerpb from the project's proto/ with the system's protoc and
# the plugins that go.mod names. `go generate` runs it.
set -euo pipefail
cd "$(dirname "$0")"
module="$(go list -m)"
google=google.golang.org/genproto/googleapis/rpc
# The files name no Go package: they are not only for Go.
mappings=(
  "Mgoogle/rpc/status.proto=$google/status"
  "Mgoogle/rpc/error_details.proto=$google/errdetails"
)
files=()
for file in errors key service sign tls; do
  files+=("keyhold/signer/v1/$file.proto")
  mappings+=("Mkeyhold/signer/v1/$file.proto=$module/signerpb")
done
options="module=$module,$(IFS=,; echo "${mappings[*]}")"

exec protoc -I ../../proto \
  --plugin=protoc-gen-go="$(go tool -n protoc-gen-go)" \
  --plugin=protoc-gen-go-grpc="$(go tool -n protoc-gen-go-grpc)" \
  --go_out="$options:." --go-grpc_out="$options:." "${files[@]}"
