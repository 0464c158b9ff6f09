#include "tests/agent/sign_request.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold {
namespace {

PublicKey KeyOf(TestKeyKind kind, int index) {
  return *PublicKey::FromSpki(TestKeySpki(kind, index));
}

SignatureScheme Tls13SchemeOf(const PublicKey& key) {
  for (const SignatureScheme scheme : key.DefaultPreferences()) {
    if (key.CanMake(scheme, TlsVersion::kTls13)) return scheme;
  }
  return SignatureScheme::kEd25519;
}

}  // namespace

signer::v1::SignRequest SignRequestFor(TestKeyKind kind, uint64_t id,
                                       int index) {
  const PublicKey key = KeyOf(kind, index);
  signer::v1::SignRequest request;
  request.set_id(id);
  request.set_spki_sha256(std::string(key.spki_sha256()));
  request.set_scheme(static_cast<uint32_t>(Tls13SchemeOf(key)));
  auto& input = *request.mutable_tls13_certificate_verify();
  input.set_role(signer::v1::ROLE_SERVER);
  std::string hash = absl::StrCat("hash ", id);
  hash.resize(32, '.');
  input.set_transcript_hash(hash);
  return request;
}

absl::Status CheckSignatureOf(const signer::v1::SignRequest& request,
                              TestKeyKind kind,
                              const signer::v1::SignResponse& response,
                              int index) {
  if (response.status().code() != 0) {
    return absl::InvalidArgumentError(response.status().ShortDebugString());
  }
  ASSIGN_OR_RETURN(const std::string content,
                   AssembleTls13CertificateVerify(
                       {Role::kServer,
                        request.tls13_certificate_verify().transcript_hash()}));
  return KeyOf(kind, index)
      .Verify(static_cast<SignatureScheme>(response.scheme()), content,
              response.signature());
}

}  // namespace keyhold
