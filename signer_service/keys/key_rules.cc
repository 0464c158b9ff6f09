#include "signer_service/keys/key_rules.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "keyhold/signer/v1/tls.pb.h"

namespace keyhold {

namespace {

constexpr absl::Duration kExpiryNotice = absl::Hours(14 * 24);

absl::Status RoleNotInCertificate(absl::string_view role,
                                  absl::string_view usage) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the key is configured as a ", role,
      " key, but the certificate's extendedKeyUsage does not name ", usage,
      "; change keys.settings.roles or the certificate"));
}

absl::Status CertificateIsNotForTls() {
  return absl::InvalidArgumentError(
      "the certificate's extendedKeyUsage names neither serverAuth nor "
      "clientAuth: it is not for TLS");
}

std::string Date(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<RoleSet> DecideRoles(RoleSet configured,
                                    const CertificateFields* leaf) {
  if (leaf != nullptr && !leaf->server_auth && !leaf->client_auth) {
    return CertificateIsNotForTls();
  }
  if (configured.empty()) {
    const bool client_only = leaf != nullptr && !leaf->server_auth;
    return client_only ? RoleSet::ClientOnly() : RoleSet::ServerOnly();
  }
  if (leaf == nullptr) return configured;
  if (configured.Contains(signer::v1::ROLE_SERVER) && !leaf->server_auth) {
    return RoleNotInCertificate("server", "serverAuth");
  }
  if (configured.Contains(signer::v1::ROLE_CLIENT) && !leaf->client_auth) {
    return RoleNotInCertificate("client", "clientAuth");
  }
  return configured;
}

std::optional<std::string> ValidityWarning(const CertificateFields& leaf,
                                           absl::Time now) {
  if (now >= leaf.not_after) {
    return absl::StrCat("the certificate expired at ", Date(leaf.not_after),
                        "; it is served all the same");
  }
  if (now < leaf.not_before) {
    return absl::StrCat("the certificate is not valid before ",
                        Date(leaf.not_before), "; it is served all the same");
  }
  const absl::Duration life = leaf.not_after - leaf.not_before;
  const absl::Duration notice = std::min(kExpiryNotice, life / 3);
  if (leaf.not_after - now < notice) {
    return absl::StrCat("the certificate expires soon, at ",
                        Date(leaf.not_after));
  }
  return std::nullopt;
}

}  // namespace keyhold
