#include "signer_service/vault/in_process_vault.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/vault/signed_input.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {

using signer::v1::SignRequest;
using signer::v1::Usage;

namespace {

constexpr size_t kSpkiSha256Bytes = 32;

absl::Status DeadlinePassed() {
  return WithReason(absl::DeadlineExceededError(
                        "its time had passed before signing: not signed"),
                    ErrorReason::kDeadlinePassed);
}

absl::Status KeyNameMalformed(size_t got) {
  return WithReason(absl::InvalidArgumentError(absl::StrCat(
                        "spki_sha256: expected 32 bytes, got ", got)),
                    ErrorReason::kInvalidRequest);
}

absl::Status KeyNotHeld(absl::string_view spki_sha256) {
  return WithReason(
      absl::NotFoundError(absl::StrCat("no key with SHA-256 of its "
                                       "SubjectPublicKeyInfo ",
                                       absl::BytesToHexString(spki_sha256))),
      ErrorReason::kKeyNotFound);
}

absl::Status OutsideUsageCeiling(const HeldKey& key, Usage usage) {
  return WithReason(
      absl::PermissionDeniedError(
          absl::StrCat("no rule allows ", UsageName(usage), " for key ", key.id,
                       "; some rule allows: ", key.usage_ceiling.ToString())),
      ErrorReason::kUsageNotAllowed);
}

absl::Status KeyQuarantined(const HeldKey& key) {
  return WithReason(
      absl::DataLossError(absl::StrCat(
          "key ", key.id,
          " is quarantined: a signature of it failed its verification; reload "
          "the signer's keys to read it anew")),
      ErrorReason::kSignatureCheckFailed);
}

absl::Status SigningFailed(const absl::Status& status) {
  return WithReason(
      absl::InternalError(absl::StrCat("signing failed: ", status.message())),
      ErrorReason::kSigningFailed);
}

std::unique_ptr<SigningEngine> EngineOrOpenssl(
    std::unique_ptr<SigningEngine> engine) {
  if (engine != nullptr) return engine;
  return std::make_unique<OpensslSigningEngine>();
}

}  // namespace

InProcessVault::InProcessVault(InProcessVaultOptions options)
    : engine_(EngineOrOpenssl(std::move(options.engine)),
              options.verify_after_sign),
      max_message_bytes_(options.max_message_bytes),
      keys_(std::make_shared<KeySet>()) {}

std::vector<KeyFileOutcome> InProcessVault::ReplaceKeys(
    std::vector<KeyFile> files) {
  absl::MutexLock lock(&replacing_);
  KeySet::Replacement replacement =
      KeySet::Replace(*std::atomic_load(&keys_), std::move(files));
  std::atomic_store(&keys_, std::move(replacement.keys));
  return std::move(replacement.outcomes);
}

void InProcessVault::Sign(std::vector<SignJob> jobs, Done done) {
  std::shared_ptr<const KeySet> keys = std::atomic_load(&keys_);
  Results results;
  results.reserve(jobs.size());
  for (const SignJob& job : jobs) results.push_back(SignOne(*keys, job));
  std::move(done)(std::move(results));
}

absl::StatusOr<std::string> InProcessVault::SignOne(const KeySet& keys,
                                                    const SignJob& job) const {
  if (job.hop.deadline <= absl::Now()) return DeadlinePassed();
  const SignRequest& request = job.request;
  if (request.spki_sha256().size() != kSpkiSha256Bytes) {
    return KeyNameMalformed(request.spki_sha256().size());
  }
  const HeldKey* held = keys.FindBySpkiSha256(request.spki_sha256());
  if (held == nullptr) return KeyNotHeld(request.spki_sha256());
  const PrivateKey& key = held->loaded->key();
  ASSIGN_OR_RETURN(
      SignedInput input,
      SignedInput::FromRequest(request, key.public_key(), max_message_bytes_));
  if (!held->usage_ceiling.Contains(input.usage())) {
    return OutsideUsageCeiling(*held, input.usage());
  }
  ASSIGN_OR_RETURN(SignatureScheme scheme,
                   RequestedScheme(request, key.public_key()));
  if (held->loaded->quarantined()) return KeyQuarantined(*held);
  absl::StatusOr<std::string> signature = engine_.Sign(key, scheme, input);
  if (signature.ok()) return signature;
  if (absl::IsDataLoss(signature.status())) {
    held->loaded->Quarantine();
    return signature.status();
  }
  return SigningFailed(signature.status());
}

}  // namespace keyhold
