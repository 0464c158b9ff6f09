#include "signer_service/vault/in_process_vault.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/vault/certificate_content.h"
#include "signer_service/vault/signed_input.h"
#include "signer_service/vault/signing_cost.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {

using signer::v1::SignRequest;
using signer::v1::Usage;

namespace {

constexpr size_t kSpkiSha256Bytes = 32;

// Who brings more looks at the network rarely enough.
constexpr size_t kMostToHelp = 2;

absl::Status DeadlinePassed() {
  return WithReason(absl::DeadlineExceededError(
                        "its time had passed before signing: not signed"),
                    ErrorReason::kDeadlinePassed);
}

absl::Status Cancelled() {
  return WithReason(
      absl::CancelledError("cancelled by the client before it was signed"),
      ErrorReason::kCancelled);
}

absl::Status TooManyWaiting(const FairQueueLimits& limits) {
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          "too many signatures by keys that take long to sign wait here: at "
          "most ",
          limits.jobs, ", and ", limits.jobs_of_identity, " of one caller")),
      ErrorReason::kTooManyInFlight);
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

absl::Status Frozen(absl::string_view what, ErrorReason reason) {
  return WithReason(absl::PermissionDeniedError(absl::StrCat(
                        what,
                        " is frozen on this signer; its operator may "
                        "release it with `keyhold unfreeze`")),
                    reason);
}

absl::Status CheckFrozen(const FreezeList& frozen, const HeldKey& key,
                         const HopContext& hop) {
  if (frozen.HasIdentity(hop.identity)) {
    return Frozen(hop.identity, ErrorReason::kIdentityFrozen);
  }
  if (frozen.HasKey(key.id)) {
    return Frozen(absl::StrCat("key ", key.id), ErrorReason::kKeyFrozen);
  }
  return absl::OkStatus();
}

absl::Status SigningFailed(const absl::Status& status) {
  return WithReason(
      absl::InternalError(absl::StrCat("signing failed: ", status.message())),
      ErrorReason::kSigningFailed);
}

// What becomes of the engines' result.
absl::StatusOr<std::string> Release(const HeldKey& key,
                                    absl::StatusOr<std::string> made) {
  if (made.ok()) return made;
  if (!absl::IsDataLoss(made.status())) return SigningFailed(made.status());
  key.loaded->Quarantine();
  return made;
}

}  // namespace

struct InProcessVault::ReadyJob {
  const HeldKey* key;
  SignatureScheme scheme;
  SignedInput input;
};

InProcessVault::InProcessVault(InProcessVaultOptions options)
    : signer_({options.verify_after_sign, std::move(options.on_failed_check)},
              std::move(options.engines)),
      max_message_bytes_(options.max_message_bytes),
      slow_limits_(options.slow_lane.limits),
      callers_help_(options.callers_help),
      keys_(std::make_shared<KeySet>()),
      frozen_(std::make_shared<FreezeList>()),
      slow_lane_(options.slow_lane, [this](absl::Span<const WaitingJob> turn) {
        return SignTurn(turn);
      }) {}

std::vector<KeyFileOutcome> InProcessVault::ReplaceKeys(
    std::vector<KeyFile> files) {
  absl::MutexLock lock(&replacing_);
  KeySet::Replacement replacement =
      KeySet::Replace(*std::atomic_load(&keys_), std::move(files));
  std::atomic_store(&keys_, std::move(replacement.keys));
  return std::move(replacement.outcomes);
}

void InProcessVault::SetFrozen(FreezeList frozen) {
  std::atomic_store(&frozen_,
                    std::shared_ptr<const FreezeList>(
                        std::make_shared<const FreezeList>(std::move(frozen))));
}

std::string InProcessVault::EngineName(KeyType type) const {
  return std::string(signer_.EngineName(type));
}

void InProcessVault::Sign(std::vector<SignJob> jobs, OnResults on_results) {
  const std::shared_ptr<const KeySet> keys = std::atomic_load(&keys_);
  const std::shared_ptr<const FreezeList> frozen = std::atomic_load(&frozen_);
  const auto answer = std::make_shared<const OnResults>(std::move(on_results));
  std::vector<JobResult> results;
  results.reserve(jobs.size());
  std::vector<WaitingJob> slow;
  std::vector<ReadyJob> ready;
  std::vector<size_t> places;
  ready.reserve(jobs.size());
  places.reserve(jobs.size());
  for (size_t i = 0; i < jobs.size(); ++i) {
    absl::StatusOr<ReadyJob> checked = Check(*keys, *frozen, jobs[i]);
    if (!checked.ok()) {
      results.push_back({i, std::move(checked).status()});
    } else if (const int cost = CostOf(*checked); cost > 0) {
      slow.push_back({std::move(jobs[i]), i, cost, answer});
    } else {
      ready.push_back(*std::move(checked));
      places.push_back(i);
    }
  }
  const bool help = callers_help_ && !slow.empty() &&
                    slow.size() == jobs.size() && jobs.size() <= kMostToHelp;
  if (!slow.empty()) {
    for (const WaitingJob& refused : slow_lane_.Add(std::move(slow))) {
      results.push_back({refused.index, TooManyWaiting(slow_limits_)});
    }
  }
  Results made = SignReady(ready);
  for (size_t i = 0; i < made.size(); ++i) {
    results.push_back({places[i], std::move(made[i])});
  }
  if (!results.empty()) (*answer)(std::move(results));
  if (help) slow_lane_.Help();
}

int InProcessVault::CostOf(const ReadyJob& job) const {
  const PublicKey& key = job.key->loaded->key().public_key();
  return SigningCost(key, signer_.HasFastEngine(key.type()));
}

InProcessVault::Results InProcessVault::SignTurn(
    absl::Span<const WaitingJob> turn) const {
  const std::shared_ptr<const KeySet> keys = std::atomic_load(&keys_);
  const std::shared_ptr<const FreezeList> frozen = std::atomic_load(&frozen_);
  Results results(turn.size());
  std::vector<ReadyJob> ready;
  std::vector<size_t> places;
  for (size_t i = 0; i < turn.size(); ++i) {
    absl::StatusOr<ReadyJob> checked = Check(*keys, *frozen, turn[i].job);
    if (!checked.ok()) {
      results[i] = std::move(checked).status();
      continue;
    }
    ready.push_back(*std::move(checked));
    places.push_back(i);
  }
  Results made = SignReady(ready);
  for (size_t i = 0; i < made.size(); ++i) {
    results[places[i]] = std::move(made[i]);
  }
  return results;
}

InProcessVault::Results InProcessVault::SignReady(
    absl::Span<const ReadyJob> ready) const {
  std::vector<SigningItem> items;
  items.reserve(ready.size());
  for (const ReadyJob& job : ready) {
    items.push_back({&job.key->loaded->key(), job.scheme,
                     job.input.digest_hash().has_value(), job.input.bytes()});
  }
  Results results = signer_.Sign(items);
  for (size_t i = 0; i < results.size(); ++i) {
    results[i] = Release(*ready[i].key, std::move(results[i]));
    if (results[i].ok() && ready[i].input.is_object()) {
      results[i] =
          SignedObject(ready[i].input.bytes(), ready[i].scheme, *results[i]);
    }
  }
  return results;
}

absl::StatusOr<InProcessVault::ReadyJob> InProcessVault::Check(
    const KeySet& keys, const FreezeList& frozen, const SignJob& job) const {
  if (job.cancelled != nullptr && *job.cancelled) return Cancelled();
  if (job.hop.deadline <= absl::Now()) return DeadlinePassed();
  const SignRequest& request = job.request;
  if (request.spki_sha256().size() != kSpkiSha256Bytes) {
    return KeyNameMalformed(request.spki_sha256().size());
  }
  const HeldKey* key = keys.FindBySpkiSha256(request.spki_sha256());
  if (key == nullptr) return KeyNotHeld(request.spki_sha256());
  if (!frozen.empty()) RETURN_IF_ERROR(CheckFrozen(frozen, *key, job.hop));
  const PublicKey& public_key = key->loaded->key().public_key();
  ASSIGN_OR_RETURN(
      SignedInput input,
      SignedInput::FromRequest(request, public_key, max_message_bytes_,
                               key->usage_ceiling));
  if (!key->usage_ceiling.Contains(input.usage())) {
    return OutsideUsageCeiling(*key, input.usage());
  }
  ASSIGN_OR_RETURN(const SignatureScheme scheme,
                   RequestedScheme(request, public_key));
  if (key->loaded->quarantined()) return KeyQuarantined(*key);
  return ReadyJob{key, scheme, std::move(input)};
}

}  // namespace keyhold
