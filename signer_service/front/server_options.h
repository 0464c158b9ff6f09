// What every gRPC server of the signer is built with.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SERVER_OPTIONS_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SERVER_OPTIONS_H_

#include "absl/time/time.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace keyhold {

// The name under which the service's health is asked for, besides "".
constexpr char kSignerServiceName[] = "keyhold.signer.v1.Signer";

// Message sizes, memory, keepalive, concurrent streams; server reflection if
// `reflection`. docs/defaults.md says why each.
void ApplyServerOptions(grpc::ServerBuilder& builder, bool reflection);

// Says goodbye to all connections and waits for calls under way, until
// `deadline` and no longer than a second; then cancels them and waits for
// their ends. A unary call takes less, and gRPC waits for idle connections
// too, whose clients may read the goodbye only seconds later.
void ShutdownBy(grpc::Server& server, absl::Time deadline);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SERVER_OPTIONS_H_
