// Makes the gRPC channel to one endpoint. Includes gRPC, so for .cc files
// only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SIGNER_CHANNEL_H_
#define KEYHOLD_TLS_LIB_REMOTE_SIGNER_CHANNEL_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/security/credentials.h"
#include "tls_lib/remote/endpoint.h"
#include "tls_lib/remote/signer_client_options.h"

namespace keyhold {

// The credentials for all channels of a client: mutual TLS with `tls`, whose
// files are read again every `refresh_interval` by one thread; none without.
std::shared_ptr<grpc::ChannelCredentials> MakeSignerCredentials(
    const std::optional<SignerTlsFiles>& tls, absl::Duration refresh_interval);

// MakeSignerChannel connects when it is first used, and again with a growing
// pause (50 ms to 1 s) when the connection is lost. A UNIX socket is used
// without `credentials`. The service's certificate must carry `server_name`
// or, if that is empty, the endpoint's host. No proxy of the environment is
// used: the connection carries the right to sign.
std::shared_ptr<grpc::Channel> MakeSignerChannel(
    const Endpoint& endpoint,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials,
    const std::string& server_name);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SIGNER_CHANNEL_H_
