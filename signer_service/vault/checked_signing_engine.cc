#include "signer_service/vault/checked_signing_engine.h"

#include "absl/status/status.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/key_type.h"

namespace keyhold {

namespace {

constexpr int kAttempts = 2;

absl::Status SignatureCheckFailed() {
  return WithReason(
      absl::DataLossError("the signature failed its own verification twice and "
                          "was not released; look for faulty memory or a "
                          "faulty processor on this signer"),
      ErrorReason::kSignatureCheckFailed);
}

bool Verifies(const PublicKey& key, SignatureScheme scheme,
              const SignedInput& input, absl::string_view signature) {
  return (input.digest_hash().has_value()
              ? key.VerifyDigest(scheme, input.bytes(), signature)
              : key.Verify(scheme, input.bytes(), signature))
      .ok();
}

}  // namespace

bool CheckedSigningEngine::MustCheck(const PublicKey& key) const {
  switch (verify_) {
    case VerifyAfterSign::kNone:
      return false;
    case VerifyAfterSign::kRsa:
      return key.type() == KeyType::kRsa || key.type() == KeyType::kRsaPss;
    case VerifyAfterSign::kAll:
      return true;
  }
  return true;
}

absl::StatusOr<std::string> CheckedSigningEngine::Sign(
    const PrivateKey& key, SignatureScheme scheme,
    const SignedInput& input) const {
  const PublicKey& public_key = key.public_key();
  if (!MustCheck(public_key)) return engine_->Sign(key, scheme, input);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::StatusOr<std::string> signature = engine_->Sign(key, scheme, input);
    if (!signature.ok()) return signature;
    if (Verifies(public_key, scheme, input, *signature)) return signature;
  }
  return SignatureCheckFailed();
}

}  // namespace keyhold
