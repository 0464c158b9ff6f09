#include "tls_lib/agent/client/agent_address.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace keyhold::agent {
namespace {

// One less than fits: a path ends with a zero byte.
constexpr size_t kMostBytes = sizeof(sockaddr_un::sun_path) - 1;

absl::Status FormError(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CEscape(text.substr(0, 2 * kMostBytes)),
                   "\" is no agent's address; expected an absolute path (",
                   kDefaultAgentAddress, ") or @NAME of at most ", kMostBytes,
                   " printable ASCII characters"));
}

bool IsPrintable(char c) {
  return absl::ascii_isgraph(static_cast<unsigned char>(c)) || c == ' ';
}

}  // namespace

absl::StatusOr<AgentAddress> AgentAddress::Parse(absl::string_view text) {
  if (text.size() < 2 || text.size() > kMostBytes ||
      (text[0] != '/' && text[0] != '@') ||
      !std::all_of(text.begin(), text.end(), IsPrintable)) {
    return FormError(text);
  }
  return AgentAddress(text);
}

AgentAddress::Socket AgentAddress::ForSocket() const {
  Socket socket = {};
  socket.address.sun_family = AF_UNIX;
  memcpy(socket.address.sun_path, text_.data(), text_.size());
  size_t size = text_.size();
  if (text_[0] == '@') {
    socket.address.sun_path[0] = '\0';
  } else {
    ++size;
  }
  socket.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  return socket;
}

}  // namespace keyhold::agent
