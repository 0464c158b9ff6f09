#include "signer_service/audit/signed_input_hash.h"

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "openssl/evp.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::Tls12ServerKeyExchange;

// As AssembleTls12ServerKeyExchange has it, unchecked (RFC 8422 §5.4).
std::string ContentOf(const Tls12ServerKeyExchange& input) {
  constexpr char kNamedCurve = 3;
  const char parameters[] = {kNamedCurve, static_cast<char>(input.curve() >> 8),
                             static_cast<char>(input.curve()),
                             static_cast<char>(input.public_point().size())};
  return absl::StrCat(input.client_random(), input.server_random(),
                      absl::string_view(parameters, sizeof(parameters)),
                      input.public_point());
}

}  // namespace

SignedInputHash::SignedInputHash(const SignRequest& request) {
  switch (request.input_case()) {
    case SignRequest::kTls13CertificateVerify:
      kind_ = AuditRecord::Input::kTranscript;
      hash_ = request.tls13_certificate_verify().transcript_hash();
      break;
    case SignRequest::kDigest:
      kind_ = AuditRecord::Input::kDigest;
      hash_ = request.digest().value();
      break;
    case SignRequest::kTls12ServerKeyExchange:
      HashContent(ContentOf(request.tls12_server_key_exchange()));
      break;
    case SignRequest::kTls12CertificateVerify:
      HashContent(request.tls12_certificate_verify().handshake_messages());
      break;
    case SignRequest::kMessage:
      HashContent(request.message());
      break;
    default:
      break;
  }
}

void SignedInputHash::HashContent(absl::string_view content) {
  // Fetched once: a look-up by name takes locks.
  static const EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (kSha256 == nullptr ||
      EVP_Digest(content.data(), content.size(), own_.data(), nullptr, kSha256,
                 nullptr) != 1) {
    // Only for want of memory.
    std::abort();
  }
  kind_ = AuditRecord::Input::kContent;
  hash_ = absl::string_view(reinterpret_cast<const char*>(own_.data()),
                            own_.size());
}

}  // namespace keyhold
