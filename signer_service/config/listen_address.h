// What a listener is told: where, and with which permissions.
#ifndef KEYHOLD_SIGNER_SERVICE_CONFIG_LISTEN_ADDRESS_H_
#define KEYHOLD_SIGNER_SERVICE_CONFIG_LISTEN_ADDRESS_H_

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// An IP address and a port: "127.0.0.1:7443", "[::1]:0".
class ListenAddress {
 public:
  // InvalidArgument: a host name, an IPv6 address without brackets, no port,
  // or one beyond 65535.
  static absl::StatusOr<ListenAddress> Parse(absl::string_view text);

  // Without brackets.
  const std::string& host() const { return host_; }
  uint16_t port() const { return port_; }
  // The same address with another port, as Parse takes it.
  std::string WithPort(int port) const;

 private:
  ListenAddress(std::string host, bool is_ipv6, uint16_t port)
      : host_(std::move(host)), is_ipv6_(is_ipv6), port_(port) {}

  std::string host_;
  bool is_ipv6_;
  uint16_t port_;
};

// "0660". InvalidArgument unless it is three or four octal digits that grant
// reading and writing to the owner, and nothing but permissions.
absl::StatusOr<mode_t> ParseOctalMode(absl::string_view text);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_CONFIG_LISTEN_ADDRESS_H_
