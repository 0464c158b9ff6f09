#include "signer_service/engines/engine_key.h"

#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/key_type.h"
#include "tls_lib/local/private_key_access.h"

namespace keyhold {
namespace {

constexpr size_t kEd25519Bytes = 32;

// RFC 8410 §4: the public key stands at the end of its SubjectPublicKeyInfo.
absl::StatusOr<SecretBytes> WithPublicKey(const SecretBytes& private_number,
                                          absl::string_view spki) {
  if (private_number.size() != kEd25519Bytes || spki.size() < kEd25519Bytes) {
    return absl::InternalError("an Ed25519 key is not of 32 bytes");
  }
  ASSIGN_OR_RETURN(SecretBytes both, SecretBytes::OfSize(2 * kEd25519Bytes));
  std::memcpy(both.data(), private_number.data(), kEd25519Bytes);
  std::memcpy(both.data() + kEd25519Bytes,
              spki.data() + spki.size() - kEd25519Bytes, kEd25519Bytes);
  return both;
}

absl::StatusOr<SecretBytes> SecretForEngine(const PrivateKey& key) {
  switch (key.public_key().type()) {
    case KeyType::kEcdsaP256:
    case KeyType::kEcdsaP384:
      return PrivateKeyAccess::PrivateNumber(key);
    case KeyType::kEd25519: {
      ASSIGN_OR_RETURN(SecretBytes number,
                       PrivateKeyAccess::PrivateNumber(key));
      return WithPublicKey(number, key.public_key().spki());
    }
    case KeyType::kRsa:
    case KeyType::kRsaPss:
    case KeyType::kEcdsaP521:
    case KeyType::kEd448:
      break;
  }
  return SecretBytes();
}

bool IsRsa(KeyType type) {
  return type == KeyType::kRsa || type == KeyType::kRsaPss;
}

}  // namespace

absl::StatusOr<EngineKey> EngineKey::Create(PrivateKey key) {
  ASSIGN_OR_RETURN(SecretBytes secret, SecretForEngine(key));
  std::unique_ptr<const RsaVerifier> rsa;
  if (IsRsa(key.public_key().type())) {
    ASSIGN_OR_RETURN(rsa, RsaVerifier::Create(key.public_key().spki()));
  }
  return EngineKey(std::move(key), std::move(secret), std::move(rsa));
}

bool EngineKey::Verifies(const SchemeInfo& scheme, absl::string_view input,
                         absl::string_view signature) const {
  if (rsa_ != nullptr) return rsa_->Verify(scheme, input, signature);
  return (scheme.hash == HashAlgorithm::kNone
              ? public_key().Verify(scheme.scheme, input, signature)
              : public_key().VerifyDigest(scheme.scheme, input, signature))
      .ok();
}

}  // namespace keyhold
