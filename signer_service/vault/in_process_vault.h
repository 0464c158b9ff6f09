// A vault in the caller's own process: for tests, first steps, and hosts
// where one process is enough.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_IN_PROCESS_VAULT_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_IN_PROCESS_VAULT_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "signer_service/core/freeze_list.h"
#include "signer_service/engines/engine_table.h"
#include "signer_service/engines/self_checking_signer.h"
#include "signer_service/engines/verify_after_sign.h"
#include "signer_service/vault/key_set.h"
#include "signer_service/vault/slow_lane.h"
#include "signer_service/vault/vault.h"

namespace keyhold {

struct InProcessVaultOptions {
  VerifyAfterSign verify_after_sign = VerifyAfterSign::kRsa;
  // Of SignRequest.message.
  size_t max_message_bytes = 65536;
  // Called on the signing thread for each signature that fails a check; must
  // not block. May be empty.
  std::function<void(const FailedCheck&)> on_failed_check;
  // Tests put faulty ones in.
  EngineTable engines = EngineTable::Default();
  SlowLaneOptions slow_lane;
  // Whether whoever asks for expensive signatures only makes one himself: see
  // SlowLane::Help. Off in tests that hold signatures up.
  bool callers_help = true;
};

// Cheap signatures are made on the calling thread and answered before Sign
// returns, in one call of `on_results`; they go to the engines as one batch.
// The others go through a SlowLane; who brings one or two, and nothing else,
// makes the next RSA-2048 of that lane himself (docs/decisions/slow-lane.md).
// No lock is held while signing, so any number of threads sign at once, also
// during ReplaceKeys.
//
// Its end answers what waits with Unavailable. Thread-safe.
class InProcessVault final : public Vault {
 public:
  explicit InProcessVault(InProcessVaultOptions options = {});

  std::vector<KeyFileOutcome> ReplaceKeys(std::vector<KeyFile> files) override;
  void Sign(std::vector<SignJob> jobs, OnResults on_results) override;
  std::string EngineName(KeyType type) const override;

  // From now on no signature is begun with a frozen key or for a frozen
  // identity, also of what waits: PermissionDenied (kKeyFrozen,
  // kIdentityFrozen). Replaces the list before.
  void SetFrozen(FreezeList frozen);

 private:
  struct ReadyJob;
  using Results = std::vector<absl::StatusOr<std::string>>;

  // The job's key, input and scheme, if it is to be signed. Points into `keys`
  // and the job.
  absl::StatusOr<ReadyJob> Check(const KeySet& keys, const FreezeList& frozen,
                                 const SignJob& job) const;
  // See SigningCost.
  int CostOf(const ReadyJob& job) const;
  // Signs what has been checked: one result for each, in order.
  Results SignReady(absl::Span<const ReadyJob> ready) const;
  // Checks again, and signs.
  Results SignTurn(absl::Span<const WaitingJob> turn) const;

  const SelfCheckingSigner signer_;
  const size_t max_message_bytes_;
  const FairQueueLimits slow_limits_;
  const bool callers_help_;
  // Serialises ReplaceKeys.
  absl::Mutex replacing_;
  // Only by std::atomic_load and std::atomic_store. Never null.
  std::shared_ptr<const KeySet> keys_;
  // Likewise.
  std::shared_ptr<const FreezeList> frozen_;
  // Last: its threads use the rest.
  SlowLane slow_lane_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_IN_PROCESS_VAULT_H_
