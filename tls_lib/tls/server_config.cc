#include "tls_lib/tls/server_config.h"

#include <utility>

#include "tls_lib/base/status_macros.h"
#include "tls_lib/tls/internal/server_context.h"

namespace keyhold {

ServerConfig::Builder::Builder(std::shared_ptr<const CertResolver> resolver) {
  settings_.resolver = std::move(resolver);
}

ServerConfig::Builder& ServerConfig::Builder::SetVersions(TlsVersion lowest,
                                                          TlsVersion highest) {
  settings_.lowest = lowest;
  settings_.highest = highest;
  return *this;
}

ServerConfig::Builder& ServerConfig::Builder::SetAlpnProtocols(
    std::vector<std::string> protocols) {
  settings_.alpn_protocols = std::move(protocols);
  return *this;
}

ServerConfig::Builder& ServerConfig::Builder::SetTicketKeys(
    std::shared_ptr<TicketKeys> keys) {
  settings_.ticket_keys_set = true;
  settings_.ticket_keys = std::move(keys);
  return *this;
}

ServerConfig::Builder& ServerConfig::Builder::SetClientAuthentication(
    ClientAuthentication mode, std::shared_ptr<const TrustAnchors> anchors) {
  settings_.client_authentication = mode;
  settings_.client_anchors = std::move(anchors);
  return *this;
}

ServerConfig::Builder& ServerConfig::Builder::SetSignatureTimeout(
    absl::Duration timeout) {
  settings_.signature_timeout = timeout;
  return *this;
}

absl::StatusOr<std::shared_ptr<const ServerConfig>>
ServerConfig::Builder::Build() const {
  ASSIGN_OR_RETURN(std::unique_ptr<const tls_internal::ServerContext> context,
                   tls_internal::ServerContext::Create(settings_));
  return std::shared_ptr<const ServerConfig>(
      new ServerConfig(std::move(context)));
}

ServerConfig::ServerConfig(
    std::unique_ptr<const tls_internal::ServerContext> context)
    : context_(std::move(context)) {}

ServerConfig::~ServerConfig() = default;

}  // namespace keyhold
