// What every gRPC server of the signer is built with.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SERVER_OPTIONS_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SERVER_OPTIONS_H_

#include "absl/time/time.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace keyhold {

// The name under which the service's health is asked for, besides "".
constexpr char kSignerServiceName[] = "keyhold.signer.v1.Signer";

// Message sizes, keepalive, concurrent streams; server reflection if
// `reflection`. gRPC's own grpc.health.v1 service if `health`: it makes gRPC
// start threads. docs/defaults.md says why each.
void ApplyServerOptions(grpc::ServerBuilder& builder, bool reflection,
                        bool health);

// Waits for calls under way, until `deadline`; then cancels them and waits for
// their ends.
void ShutdownBy(grpc::Server& server, absl::Time deadline);

// Sets what gRPC's own grpc.health.v1 answers, for both names.
void SetServing(grpc::Server& server, bool serving);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SERVER_OPTIONS_H_
