// Where an agent listens.
#ifndef KEYHOLD_TLS_LIB_AGENT_CLIENT_AGENT_ADDRESS_H_
#define KEYHOLD_TLS_LIB_AGENT_CLIENT_AGENT_ADDRESS_H_

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold::agent {

// Where the agent listens unless something else is said.
constexpr char kDefaultAgentAddress[] = "/run/keyhold/agent.sock";

// A UNIX socket: an absolute path, or "@" and a name in the abstract
// namespace (unix(7)), which can be reached from within a chroot.
//
// Immutable; thread-safe.
class AgentAddress {
 public:
  // InvalidArgument: neither form, or too long for a socket (107 bytes), or
  // with characters that are not printable ASCII.
  static absl::StatusOr<AgentAddress> Parse(absl::string_view text);

  const std::string& text() const { return text_; }

  // For connect(2) and bind(2).
  struct Socket {
    sockaddr_un address;
    socklen_t size;
  };
  Socket ForSocket() const;

  friend bool operator==(const AgentAddress& a, const AgentAddress& b) {
    return a.text_ == b.text_;
  }

 private:
  explicit AgentAddress(absl::string_view text) : text_(text) {}

  std::string text_;
};

}  // namespace keyhold::agent

#endif  // KEYHOLD_TLS_LIB_AGENT_CLIENT_AGENT_ADDRESS_H_
