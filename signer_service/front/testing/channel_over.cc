#include "signer_service/front/testing/channel_over.h"

#include <fcntl.h>

#include "grpcpp/create_channel_posix.h"

namespace keyhold {

std::shared_ptr<grpc::Channel> ChannelOver(UniqueFd connection) {
  const int flags = fcntl(connection.get(), F_GETFL);
  fcntl(connection.get(), F_SETFL, flags | O_NONBLOCK);
  return grpc::CreateInsecureChannelFromFd("local", connection.release());
}

}  // namespace keyhold
