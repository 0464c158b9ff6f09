#include "tests/agent/local_client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"

namespace keyhold {

namespace v1 = signer::v1;

LocalClient::LocalClient(const std::string& socket_path)
    : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  socket_path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  socklen_t size = sizeof(address);
  if (socket_path[0] == '@') {
    address.sun_path[0] = '\0';
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                  socket_path.size());
  }
  if (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
              size) != 0) {
    socket_.Reset();
  }
}

bool LocalClient::SendBytes(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent =
        send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool LocalClient::Send(const v1::SignBatchRequest& frame) {
  std::string bytes;
  AppendFrame(frame, bytes);
  return SendBytes(bytes);
}

bool LocalClient::Send(const v1::SignRequest& item) {
  v1::SignBatchRequest frame;
  *frame.add_items() = item;
  return Send(frame);
}

std::optional<v1::SignBatchResponse> LocalClient::Receive() {
  char buffer[65536];
  while (true) {
    const auto bytes = reader_.Next();
    if (!bytes.ok()) return std::nullopt;
    v1::SignBatchResponse frame;
    if (bytes->has_value()) {
      if (!frame.ParseFromArray((*bytes)->data(),
                                static_cast<int>((*bytes)->size()))) {
        return std::nullopt;
      }
      return frame;
    }
    const ssize_t count = recv(socket_.get(), buffer, sizeof(buffer), 0);
    if (count <= 0) return std::nullopt;
    reader_.Append(absl::string_view(buffer, static_cast<size_t>(count)));
  }
}

std::optional<v1::SignResponse> LocalClient::ReceiveItem(uint64_t id) {
  while (true) {
    const auto found = received_.find(id);
    if (found != received_.end()) {
      v1::SignResponse item = std::move(found->second);
      received_.erase(found);
      return item;
    }
    std::optional<v1::SignBatchResponse> frame = Receive();
    if (!frame.has_value()) return std::nullopt;
    for (v1::SignResponse& item : *frame->mutable_items()) {
      received_.emplace(item.id(), std::move(item));
    }
  }
}

std::optional<v1::SignResponse> LocalClient::Sign(const v1::SignRequest& item) {
  if (!Send(item)) return std::nullopt;
  return ReceiveItem(item.id());
}

bool LocalClient::WaitForEnd() {
  while (Receive().has_value()) {
  }
  char byte;
  return recv(socket_.get(), &byte, 1, 0) <= 0;
}

std::string CodeAndReason(const v1::SignResponse& response) {
  if (response.status().code() == 0) return "OK";
  std::string text = absl::StatusCodeToString(
      static_cast<absl::StatusCode>(response.status().code()));
  google::rpc::ErrorInfo info;
  for (const auto& detail : response.status().details()) {
    if (detail.UnpackTo(&info) && !info.reason().empty()) {
      absl::StrAppend(&text, "/", info.reason());
    }
  }
  return text;
}

}  // namespace keyhold
