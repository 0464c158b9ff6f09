#include "tls_lib/core/content_to_sign.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/internal/evp_digest.h"

namespace keyhold {
namespace {

absl::Status UnknownSchemeError(SignatureScheme scheme) {
  return absl::InvalidArgumentError(absl::StrCat(
      "no signature scheme that Keyhold makes: ", SchemeName(scheme)));
}

}  // namespace

absl::StatusOr<ContentToSign> FormOf(SignatureScheme scheme,
                                     absl::string_view message) {
  std::optional<Tls13SignedContent> tls13 =
      ParseTls13CertificateVerify(message);
  if (tls13.has_value()) return ContentToSign(*std::move(tls13));
  std::optional<Tls12ServerKeyExchangeContent> key_exchange =
      ParseTls12ServerKeyExchange(message);
  if (key_exchange.has_value()) return ContentToSign(*std::move(key_exchange));
  if (LooksLikeTls12CertificateVerify(message)) {
    return ContentToSign(Tls12ClientTranscript{message});
  }
  return PlainFormOf(scheme, message);
}

absl::StatusOr<ContentToSign> PlainFormOf(SignatureScheme scheme,
                                          absl::string_view message) {
  const SchemeInfo* info = FindScheme(scheme);
  if (info == nullptr) return UnknownSchemeError(scheme);
  if (info->hash == HashAlgorithm::kNone) {
    return ContentToSign(MessageToSign{message});
  }
  ASSIGN_OR_RETURN(std::string digest,
                   internal::ComputeDigest(info->hash, message));
  return ContentToSign(DigestToSign{info->hash, std::move(digest)});
}

}  // namespace keyhold
