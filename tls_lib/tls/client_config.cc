#include "tls_lib/tls/client_config.h"

#include <utility>

#include "tls_lib/base/status_macros.h"
#include "tls_lib/tls/internal/client_context.h"

namespace keyhold {

ClientConfig::Builder::Builder(std::shared_ptr<const TrustAnchors> anchors) {
  settings_.anchors = std::move(anchors);
}

ClientConfig::Builder& ClientConfig::Builder::SetVersions(TlsVersion lowest,
                                                          TlsVersion highest) {
  settings_.lowest = lowest;
  settings_.highest = highest;
  return *this;
}

ClientConfig::Builder& ClientConfig::Builder::SetAlpnProtocols(
    std::vector<std::string> protocols) {
  settings_.alpn_protocols = std::move(protocols);
  return *this;
}

ClientConfig::Builder& ClientConfig::Builder::SetClientCertResolver(
    std::shared_ptr<const ClientCertResolver> resolver) {
  settings_.resolver = std::move(resolver);
  return *this;
}

ClientConfig::Builder& ClientConfig::Builder::SetSignatureTimeout(
    absl::Duration timeout) {
  settings_.signature_timeout = timeout;
  return *this;
}

ClientConfig::Builder& ClientConfig::Builder::SetSessionCacheSize(
    size_t sessions) {
  settings_.session_cache_size = sessions;
  return *this;
}

absl::StatusOr<std::shared_ptr<const ClientConfig>>
ClientConfig::Builder::Build() const {
  ASSIGN_OR_RETURN(std::unique_ptr<const tls_internal::ClientContext> context,
                   tls_internal::ClientContext::Create(settings_));
  return std::shared_ptr<const ClientConfig>(
      new ClientConfig(std::move(context)));
}

ClientConfig::ClientConfig(
    std::unique_ptr<const tls_internal::ClientContext> context)
    : context_(std::move(context)) {}

ClientConfig::~ClientConfig() = default;

}  // namespace keyhold
