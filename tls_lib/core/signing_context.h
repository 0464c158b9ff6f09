// What a signature is wanted for.
#ifndef KEYHOLD_TLS_LIB_CORE_SIGNING_CONTEXT_H_
#define KEYHOLD_TLS_LIB_CORE_SIGNING_CONTEXT_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace keyhold {

// Which side of the handshake signs.
enum class Role { kServer, kClient };

// The values are ProtocolVersion's on the wire (RFC 8446 §4.1.2).
enum class TlsVersion : uint16_t { kTls12 = 0x0303, kTls13 = 0x0304 };

struct SigningContext {
  Role role = Role::kServer;
  TlsVersion version = TlsVersion::kTls13;
  // What the resolver's entry is called, not what a stranger sent: the name
  // that policy sees, and part of the key of cached choices. May be empty.
  std::string server_name;
  // For choosing the scheme; each signature has a deadline of its own.
  absl::Time deadline = absl::InfiniteFuture();
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_SIGNING_CONTEXT_H_
