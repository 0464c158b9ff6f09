// How a TLS server behaves.
//
//   ASSIGN_OR_RETURN(std::shared_ptr<const ServerConfig> config,
//                    ServerConfig::Builder(std::move(resolver))
//                        .SetAlpnProtocols({"h2", "http/1.1"})
//                        .Build());
#ifndef KEYHOLD_TLS_LIB_TLS_SERVER_CONFIG_H_
#define KEYHOLD_TLS_LIB_TLS_SERVER_CONFIG_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tls_lib/core/cert_resolver.h"
#include "tls_lib/core/signing_context.h"
#include "tls_lib/tls/client_authentication.h"
#include "tls_lib/tls/internal/server_settings.h"
#include "tls_lib/tls/ticket_keys.h"
#include "tls_lib/tls/trust_anchors.h"

namespace keyhold {

namespace tls_internal {
class ServerContext;
}  // namespace tls_internal

// Immutable, thread-safe; shared by all its connections. To change something
// (another certificate, another CA), build another one and give it to new
// connections: the old one lives until its last connection ends.
//
// Not configurable, because there is one good answer (docs/defaults.md): the
// cipher suites (TLS 1.3: AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305; TLS
// 1.2: the same with ECDHE), groups X25519, P-256, P-384 and P-521, no
// compression, no renegotiation, no early data, TLS 1.3 tickets with (EC)DHE
// only, no SHA-1 anywhere.
class ServerConfig {
 public:
  class Builder {
   public:
    // Every certificate comes from `resolver`.
    explicit Builder(std::shared_ptr<const CertResolver> resolver);

    // Default: both.
    Builder& SetVersions(TlsVersion lowest, TlsVersion highest);
    // Best first: the server's order decides (RFC 7301 §3.2). A client that
    // offers ALPN and shares none is refused with no_application_protocol.
    // Default: none, and what the client offers is ignored.
    Builder& SetAlpnProtocols(std::vector<std::string> protocols);
    // Default: random keys of this configuration alone. Give one object to
    // several configurations and to each new one after a reload. Null: no
    // tickets and no resumption at all.
    Builder& SetTicketKeys(std::shared_ptr<TicketKeys> keys);
    // Default: kOff. `anchors` are the CAs that clients' certificates must
    // lead to.
    Builder& SetClientAuthentication(
        ClientAuthentication mode, std::shared_ptr<const TrustAnchors> anchors);
    // The longest wait for a scheme and, apart from it, for a signature.
    // Default: 5 s.
    Builder& SetSignatureTimeout(absl::Duration timeout);

    // InvalidArgument says which setting is wrong: no resolver, versions in
    // the wrong order, an ALPN name that is empty or longer than 255 bytes,
    // client authentication without anchors, a timeout that is not positive.
    absl::StatusOr<std::shared_ptr<const ServerConfig>> Build() const;

   private:
    tls_internal::ServerSettings settings_;
  };

  ~ServerConfig();
  ServerConfig(const ServerConfig&) = delete;
  ServerConfig& operator=(const ServerConfig&) = delete;

  // For tls_lib itself.
  const tls_internal::ServerContext& context() const { return *context_; }

 private:
  explicit ServerConfig(
      std::unique_ptr<const tls_internal::ServerContext> context);

  std::unique_ptr<const tls_internal::ServerContext> context_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_TLS_SERVER_CONFIG_H_
