// A vault in the caller's own process: for tests, first steps, and hosts
// where one process is enough.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_IN_PROCESS_VAULT_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_IN_PROCESS_VAULT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "signer_service/vault/checked_signing_engine.h"
#include "signer_service/vault/key_set.h"
#include "signer_service/vault/signing_engine.h"
#include "signer_service/vault/vault.h"

namespace keyhold {

struct InProcessVaultOptions {
  VerifyAfterSign verify_after_sign = VerifyAfterSign::kRsa;
  // Of SignRequest.message.
  size_t max_message_bytes = 65536;
  // Null: OpenSSL.
  std::unique_ptr<SigningEngine> engine;
};

// Sign works on the calling thread and runs `done` there before it returns:
// it takes as long as the signatures do. No lock is held while signing, so any
// number of threads sign at once, also during ReplaceKeys. The set of keys is
// looked up once per call: a batch is signed wholly by one set.
//
// Thread-safe.
class InProcessVault final : public Vault {
 public:
  explicit InProcessVault(InProcessVaultOptions options = {});

  std::vector<KeyFileOutcome> ReplaceKeys(std::vector<KeyFile> files) override;
  void Sign(std::vector<SignJob> jobs, Done done) override;

 private:
  absl::StatusOr<std::string> SignOne(const KeySet& keys,
                                      const SignJob& job) const;

  const CheckedSigningEngine engine_;
  const size_t max_message_bytes_;
  // Serialises ReplaceKeys.
  absl::Mutex replacing_;
  // Only by std::atomic_load and std::atomic_store. Never null.
  std::shared_ptr<const KeySet> keys_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_IN_PROCESS_VAULT_H_
