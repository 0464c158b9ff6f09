// Where a signer service listens.
#ifndef KEYHOLD_TLS_LIB_REMOTE_ENDPOINT_H_
#define KEYHOLD_TLS_LIB_REMOTE_ENDPOINT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold {

struct Endpoint {
  // As the configuration has it, for messages; with the address behind it, if
  // the host is a name that was looked up.
  std::string name;
  // As gRPC wants it.
  std::string target;
  bool is_unix = false;
  // Without brackets. Empty for a UNIX socket.
  std::string host = {};
  int port = 0;
  // The host is no address: it has to be looked up, and may stand for several.
  bool is_name = false;
};

// ParseEndpoint reads "HOST:PORT", "ADDRESS:PORT", "[IPV6]:PORT", "unix:PATH"
// or "unix:///PATH".
//
// InvalidArgument says what is wrong: no port, a port outside 1..65535, an
// IPv6 address without brackets, another URI scheme, a socket path that is
// empty or longer than 107 bytes (unix(7)).
absl::StatusOr<Endpoint> ParseEndpoint(absl::string_view text);

// EndpointAt is `named`, whose host is a name, at one of its addresses ("::1",
// "192.0.2.1").
Endpoint EndpointAt(const Endpoint& named, absl::string_view address);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_ENDPOINT_H_
