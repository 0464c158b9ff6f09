// Connections of other local users.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_CONNECT_AS_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_CONNECT_AS_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "grpcpp/channel.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// A connection to the UNIX socket at `path` that the kernel has down as
// `uid`'s: made by a child process that becomes this user, and handed back.
// None if this process may not become that user.
UniqueFd ConnectAs(uid_t uid, const std::string& path);

// A gRPC channel over such a connection; it does not connect again.
std::shared_ptr<grpc::Channel> ChannelOver(UniqueFd connection);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_CONNECT_AS_H_
