// Makes the gRPC channel to one endpoint. Includes gRPC, so for .cc files
// only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SIGNER_CHANNEL_H_
#define KEYHOLD_TLS_LIB_REMOTE_SIGNER_CHANNEL_H_

#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "tls_lib/remote/endpoint.h"
#include "tls_lib/remote/signer_client_options.h"

namespace keyhold {

// MakeSignerChannel connects when it is first used, and again with a growing
// pause (50 ms to 1 s) when the connection is lost. `tls` is set unless the
// endpoint is a UNIX socket; its files are read again every
// `tls_refresh_interval`. No proxy of the environment is used: the connection
// carries the right to sign.
std::shared_ptr<grpc::Channel> MakeSignerChannel(
    const Endpoint& endpoint, const std::optional<SignerTlsFiles>& tls,
    absl::Duration tls_refresh_interval);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SIGNER_CHANNEL_H_
