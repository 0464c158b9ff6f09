#include "signer_service/core/usage_set.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace keyhold {

using signer::v1::SignRequest;
using signer::v1::Usage;

namespace {

Usage OfRole(signer::v1::Role role, Usage server, Usage client) {
  if (role == signer::v1::ROLE_SERVER) return server;
  if (role == signer::v1::ROLE_CLIENT) return client;
  return signer::v1::USAGE_UNSPECIFIED;
}

}  // namespace

UsageSet UsageSet::TlsFormsOf(signer::v1::Role role) {
  UsageSet usages;
  usages.Insert(OfRole(role, signer::v1::USAGE_TLS13_SERVER,
                       signer::v1::USAGE_TLS13_CLIENT));
  usages.Insert(OfRole(role, signer::v1::USAGE_TLS12_SERVER,
                       signer::v1::USAGE_TLS12_CLIENT));
  return usages;
}

std::string UsageSet::ToString() const {
  std::vector<std::string> names;
  for (int value = signer::v1::Usage_MIN; value <= signer::v1::Usage_MAX;
       ++value) {
    Usage usage = static_cast<Usage>(value);
    if (Contains(usage)) names.push_back(UsageName(usage));
  }
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

Usage UsageOf(const SignRequest& request) {
  switch (request.input_case()) {
    case SignRequest::kTls13CertificateVerify:
      return OfRole(request.tls13_certificate_verify().role(),
                    signer::v1::USAGE_TLS13_SERVER,
                    signer::v1::USAGE_TLS13_CLIENT);
    case SignRequest::kTls12ServerKeyExchange:
      return signer::v1::USAGE_TLS12_SERVER;
    case SignRequest::kTls12CertificateVerify:
      return signer::v1::USAGE_TLS12_CLIENT;
    case SignRequest::kDigest:
      return signer::v1::USAGE_DIGEST;
    case SignRequest::kMessage:
      return signer::v1::USAGE_MESSAGE;
    case SignRequest::kCsr:
      return signer::v1::USAGE_CSR;
    case SignRequest::kSelfSignedCertificate:
      return signer::v1::USAGE_SELF_SIGNED;
    case SignRequest::kDelegatedCredential:
      return OfRole(request.delegated_credential().role(),
                    signer::v1::USAGE_DELEGATED_CREDENTIAL,
                    signer::v1::USAGE_DELEGATED_CREDENTIAL);
    case SignRequest::INPUT_NOT_SET:
      break;
  }
  return signer::v1::USAGE_UNSPECIFIED;
}

Usage UsageOf(const signer::v1::ChooseSchemeRequest& request) {
  const bool server = request.role() == signer::v1::ROLE_SERVER;
  if (!server && request.role() != signer::v1::ROLE_CLIENT) {
    return signer::v1::USAGE_UNSPECIFIED;
  }
  switch (request.tls_version()) {
    case signer::v1::TLS_VERSION_1_3:
      return server ? signer::v1::USAGE_TLS13_SERVER
                    : signer::v1::USAGE_TLS13_CLIENT;
    case signer::v1::TLS_VERSION_1_2:
      return server ? signer::v1::USAGE_TLS12_SERVER
                    : signer::v1::USAGE_TLS12_CLIENT;
    default:
      return signer::v1::USAGE_UNSPECIFIED;
  }
}

std::string UsageName(Usage usage) {
  const std::string& name = signer::v1::Usage_Name(usage);
  if (name.empty()) return "unspecified";
  return absl::AsciiStrToLower(absl::StripPrefix(name, "USAGE_"));
}

std::optional<TlsVersion> TlsVersionOf(Usage usage) {
  switch (usage) {
    case signer::v1::USAGE_TLS13_SERVER:
    case signer::v1::USAGE_TLS13_CLIENT:
      return TlsVersion::kTls13;
    case signer::v1::USAGE_TLS12_SERVER:
    case signer::v1::USAGE_TLS12_CLIENT:
      return TlsVersion::kTls12;
    default:
      return std::nullopt;
  }
}

}  // namespace keyhold
