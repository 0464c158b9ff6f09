// gRPC over a connection that stands already.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_CHANNEL_OVER_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_CHANNEL_OVER_H_

#include <memory>

#include "grpcpp/channel.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// A gRPC channel over `connection`; it does not connect again.
std::shared_ptr<grpc::Channel> ChannelOver(UniqueFd connection);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_CHANNEL_OVER_H_
