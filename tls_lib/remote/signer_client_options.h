// How a SignerClient reaches the service.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SIGNER_CLIENT_OPTIONS_H_
#define KEYHOLD_TLS_LIB_REMOTE_SIGNER_CLIENT_OPTIONS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tls_lib/remote/name_lookup.h"

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
  // Required: at least one. All hold the same keys; a request may go to any.
  //   "HOST:PORT"     mutual TLS over TCP; IPv6 addresses in brackets. Behind
  //                   a name each address is a signer of its own.
  //   "unix:PATH"     a UNIX socket, without TLS: the caller's uid is its
  //                   identity ("unix:///PATH" is the same)
  std::vector<std::string> endpoints;
  // Required for HOST:PORT; must be absent where all are UNIX sockets.
  std::optional<SignerTlsFiles> tls;
  // For calls that state no deadline: all end within so long.
  absl::Duration default_timeout = absl::Seconds(2);
  // How often the TLS files are looked at. Whole seconds, at least 1.
  absl::Duration tls_refresh_interval = absl::Seconds(10);
  // Calls that may be under way or waiting for a signer. One more fails at
  // once with ResourceExhausted.
  size_t max_in_flight = 16384;
  // Whether a signature that takes longer than 95 of 100 did is asked for at a
  // second signer too, for at most one request in ten.
  bool hedge = false;
  // How often names are looked up again. At least a second.
  absl::Duration lookup_interval = absl::Seconds(30);
  // Looks names up. Default: the system's resolver.
  NameLookup lookup = {};
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SIGNER_CLIENT_OPTIONS_H_
