// How a TLS client behaves.
//
//   ASSIGN_OR_RETURN(std::shared_ptr<const TrustAnchors> anchors,
//                    TrustAnchors::System());
//   ASSIGN_OR_RETURN(std::shared_ptr<const ClientConfig> config,
//                    ClientConfig::Builder(std::move(anchors))
//                        .SetAlpnProtocols({"http/1.1"})
//                        .Build());
#ifndef KEYHOLD_TLS_LIB_TLS_CLIENT_CONFIG_H_
#define KEYHOLD_TLS_LIB_TLS_CLIENT_CONFIG_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tls_lib/core/cert_resolver.h"
#include "tls_lib/core/signing_context.h"
#include "tls_lib/tls/internal/client_settings.h"
#include "tls_lib/tls/trust_anchors.h"

namespace keyhold {

namespace tls_internal {
class ClientContext;
}  // namespace tls_internal

// Immutable, thread-safe; shared by all its connections. The server's
// certificate is always verified: chain, dates, purpose, and the name or
// address that TlsConnection::Client was given; there is no switch to turn it
// off. Suites, groups and the rest are as ServerConfig says.
class ClientConfig {
 public:
  class Builder {
   public:
    // `anchors` are the CAs that servers' certificates must lead to.
    explicit Builder(std::shared_ptr<const TrustAnchors> anchors);

    // Default: both.
    Builder& SetVersions(TlsVersion lowest, TlsVersion highest);
    // Offered in this order (RFC 7301). Default: none.
    Builder& SetAlpnProtocols(std::vector<std::string> protocols);
    // Answers servers that ask for a certificate. Default: none is sent.
    Builder& SetClientCertResolver(
        std::shared_ptr<const ClientCertResolver> resolver);
    // The longest wait for a scheme and, apart from it, for a signature.
    // Default: 5 s.
    Builder& SetSignatureTimeout(absl::Duration timeout);
    // Whether sessions are kept in memory, to resume them with the same
    // server: at most this many. Default: 256; 0: none.
    Builder& SetSessionCacheSize(size_t sessions);

    // InvalidArgument says which setting is wrong.
    absl::StatusOr<std::shared_ptr<const ClientConfig>> Build() const;

   private:
    tls_internal::ClientSettings settings_;
  };

  ~ClientConfig();
  ClientConfig(const ClientConfig&) = delete;
  ClientConfig& operator=(const ClientConfig&) = delete;

  // For tls_lib itself.
  const tls_internal::ClientContext& context() const { return *context_; }

 private:
  explicit ClientConfig(
      std::unique_ptr<const tls_internal::ClientContext> context);

  std::unique_ptr<const tls_internal::ClientContext> context_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_TLS_CLIENT_CONFIG_H_
