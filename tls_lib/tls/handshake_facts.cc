#include "tls_lib/tls/handshake_facts.h"

namespace keyhold {

absl::string_view TlsVersionName(TlsVersion version) {
  return version == TlsVersion::kTls12 ? "TLS 1.2" : "TLS 1.3";
}

}  // namespace keyhold
