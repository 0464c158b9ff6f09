// A vault that releases no signature without its record.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_AUDITED_VAULT_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_AUDITED_VAULT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "signer_service/audit/audit_log.h"
#include "signer_service/vault/vault.h"

namespace keyhold {

// Stands before a vault, in the same process. Of each job that the vault has
// signed there is a record in the log before its result is given out; so there
// is of each that it refused or failed to sign, unless it was merely too late,
// cancelled, one too many, or for a key that is not held.
//
// Results come from the log's threads. While the log cannot be written nothing
// is signed: Sign answers Unavailable (kAuditUnavailable) at once. So does a
// job whose record is not written by the deadline of its batch's earliest job;
// its record may follow: one without a released signature is possible, a
// released signature without one is not.
//
// Thread-safe. The vault and the log must outlive it.
class AuditedVault final : public Vault {
 public:
  AuditedVault(Vault& vault, AuditLog& log);

  std::vector<KeyFileOutcome> ReplaceKeys(std::vector<KeyFile> files) override;
  void Sign(std::vector<SignJob> jobs, OnResults on_results) override;
  std::string EngineName(KeyType type) const override;

 private:
  // What the records call a key, by the hash of its SubjectPublicKeyInfo.
  using KeyNames = absl::flat_hash_map<std::string, std::string>;
  struct Asked;

  std::shared_ptr<const Asked> Describe(absl::Span<const SignJob> jobs,
                                        OnResults on_results) const;
  void Record(std::shared_ptr<const Asked> asked,
              std::vector<JobResult> results) const;

  Vault& vault_;
  AuditLog& log_;
  // Only by std::atomic_load and std::atomic_store. Never null.
  std::shared_ptr<const KeyNames> names_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_AUDITED_VAULT_H_
