// What ClientConfig::Builder collects.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_CLIENT_SETTINGS_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_CLIENT_SETTINGS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tls_lib/core/cert_resolver.h"
#include "tls_lib/core/signing_context.h"
#include "tls_lib/tls/trust_anchors.h"

namespace keyhold::tls_internal {

// The defaults are ClientConfig's; its builder documents each.
struct ClientSettings {
  std::shared_ptr<const TrustAnchors> anchors;
  TlsVersion lowest = TlsVersion::kTls12;
  TlsVersion highest = TlsVersion::kTls13;
  std::vector<std::string> alpn_protocols;
  std::shared_ptr<const ClientCertResolver> resolver;
  absl::Duration signature_timeout = absl::Seconds(5);
  size_t session_cache_size = 256;
};

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_CLIENT_SETTINGS_H_
