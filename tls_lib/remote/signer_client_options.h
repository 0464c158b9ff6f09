// How a SignerClient reaches the service.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SIGNER_CLIENT_OPTIONS_H_
#define KEYHOLD_TLS_LIB_REMOTE_SIGNER_CLIENT_OPTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace keyhold {

// The files of mutual TLS, all PEM. They are read again when they change; a
// connection that stands keeps what it was made with.
struct SignerTlsFiles {
  // Required: this client's certificate chain, leaf first: its identity.
  std::string certificate_file;
  // Required: the private key of its leaf.
  std::string private_key_file;
  // Required: the CAs that may have issued the service's certificate.
  std::string ca_file;
  // Optional: the DNS name or IP address that the service's certificate must
  // carry. Default: the host of the endpoint.
  std::string server_name = {};
};

struct SignerClientOptions {
  // Required: exactly one, for now.
  //   "HOST:PORT"     mutual TLS over TCP; IPv6 addresses in brackets
  //   "unix:PATH"     a UNIX socket, without TLS: the caller's uid is its
  //                   identity ("unix:///PATH" is the same)
  std::vector<std::string> endpoints;
  // Required for HOST:PORT; must be absent for a UNIX socket.
  std::optional<SignerTlsFiles> tls;
  // For calls that state no deadline: all end within so long.
  absl::Duration default_timeout = absl::Seconds(2);
  // How often the TLS files are looked at. Whole seconds, at least 1.
  absl::Duration tls_refresh_interval = absl::Seconds(10);
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SIGNER_CLIENT_OPTIONS_H_
