// Verifies signatures before they are released.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_CHECKED_SIGNING_ENGINE_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_CHECKED_SIGNING_ENGINE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "signer_service/vault/signing_engine.h"
#include "tls_lib/core/public_key.h"

namespace keyhold {

// Which signatures are verified with the public key before they leave. One
// faulty RSA-CRT signature gives the private key away (Boneh, DeMillo and
// Lipton 1997), and verifying RSA is cheap; the others cost more to verify
// than to make.
enum class VerifyAfterSign { kNone, kRsa, kAll };

// Thread-safe.
class CheckedSigningEngine final : public SigningEngine {
 public:
  CheckedSigningEngine(std::unique_ptr<SigningEngine> engine,
                       VerifyAfterSign verify)
      : engine_(std::move(engine)), verify_(verify) {}

  // A signature that fails its check is thrown away and made once more. If
  // that fails too: DataLoss, reason kSignatureCheckFailed. Other errors as
  // the engine's.
  absl::StatusOr<std::string> Sign(const PrivateKey& key,
                                   SignatureScheme scheme,
                                   const SignedInput& input) const override;

 private:
  bool MustCheck(const PublicKey& key) const;

  const std::unique_ptr<SigningEngine> engine_;
  const VerifyAfterSign verify_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_CHECKED_SIGNING_ENGINE_H_
