// The front's way to a vault that is a process of its own.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_PROCESS_VAULT_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_PROCESS_VAULT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "signer_service/vault/vault.h"
#include "signer_service/vault_process/vault_connection.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Jobs go out on the thread that asks, if the vault has room; else they wait
// and leave together when it has. Nothing waits for more to come. Threads of
// its own take the results and call OnResults.
//
// What Vault::Sign says holds, and besides: Unavailable (kStarting) before the
// first vault, Unavailable (kKeyBackendAway) if the vault ends before it has
// answered, or does not answer within a second after the job's deadline;
// ResourceExhausted (kTooManyInFlight) if too much waits for it. A job that is
// cancelled after it went out is signed all the same.
//
// Thread-safe.
class ProcessVault final : public Vault {
 public:
  struct Options {
    // Threads that take results.
    size_t threads = 1;
    // Of SignRequest.message: the vault's own.
    size_t max_message_bytes = 65536;
  };

  explicit ProcessVault(Options options);
  // Answers what is outstanding with Unavailable.
  ~ProcessVault() override;

  // Asks the vault at the other end of `socket` from now on. What is
  // outstanding at one before it is answered with Unavailable.
  void Attach(UniqueFd socket);

  // Keys are the supervisor's to hand over: each file is refused
  // (FailedPrecondition).
  std::vector<KeyFileOutcome> ReplaceKeys(std::vector<KeyFile> files) override;
  void Sign(std::vector<SignJob> jobs, OnResults on_results) override;
  // "" until the vault has answered for the first time.
  std::string EngineName(KeyType type) const override;

 private:
  std::shared_ptr<VaultConnection> connection() const;
  void ExpireLateJobs();

  const Options options_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<VaultConnection> connection_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread expiry_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_PROCESS_VAULT_H_
