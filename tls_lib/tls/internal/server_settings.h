// What ServerConfig::Builder collects.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_SERVER_SETTINGS_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_SERVER_SETTINGS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tls_lib/core/cert_resolver.h"
#include "tls_lib/core/signing_context.h"
#include "tls_lib/tls/client_authentication.h"
#include "tls_lib/tls/ticket_keys.h"
#include "tls_lib/tls/trust_anchors.h"

namespace keyhold::tls_internal {

// The defaults are ServerConfig's; its builder documents each.
struct ServerSettings {
  std::shared_ptr<const CertResolver> resolver;
  TlsVersion lowest = TlsVersion::kTls12;
  TlsVersion highest = TlsVersion::kTls13;
  std::vector<std::string> alpn_protocols;
  // Unless it is set, Build makes random keys.
  bool ticket_keys_set = false;
  std::shared_ptr<TicketKeys> ticket_keys;
  ClientAuthentication client_authentication = ClientAuthentication::kOff;
  std::shared_ptr<const TrustAnchors> client_anchors;
  absl::Duration signature_timeout = absl::Seconds(5);
};

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_SERVER_SETTINGS_H_
