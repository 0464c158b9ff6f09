#include "signer_service/audit/audited_vault.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "signer_service/audit/audit_record.h"
#include "signer_service/audit/signed_input_hash.h"
#include "signer_service/core/usage_set.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::Usage;

// UsageName without its allocation.
absl::string_view UsageText(Usage usage) {
  constexpr int kUsages = 32;
  static const std::array<std::string, kUsages>* const kNames = [] {
    auto* names = new std::array<std::string, kUsages>;
    for (int i = 0; i < kUsages; ++i) {
      (*names)[i] = UsageName(static_cast<Usage>(i));
    }
    return names;
  }();
  return (*kNames)[usage >= 0 && usage < kUsages ? usage : 0];
}

absl::string_view SchemeText(uint32_t scheme) {
  const SchemeInfo* info = FindScheme(static_cast<SignatureScheme>(scheme));
  return info == nullptr ? absl::string_view("unknown") : info->name;
}

void AppendSubject(const SignJob& job, absl::string_view key,
                   std::string& out) {
  const SignRequest& request = job.request;
  const SignedInputHash input(request);
  AuditRecord record;
  record.identity = job.hop.identity;
  if (request.has_claimed_caller()) {
    record.claimed_uid = request.claimed_caller().uid();
    record.claimed_gid = request.claimed_caller().gid();
  }
  record.key = key;
  record.spki_sha256 = request.spki_sha256();
  record.usage = UsageText(UsageOf(request));
  record.scheme = SchemeText(request.scheme());
  record.server_name = request.server_name();
  record.input = input.kind();
  record.input_hash = input.hash();
  record.request_id = request.request_id();
  AppendAuditSubject(record, out);
}

// "signed", "refused" or "failed"; empty if there is nothing to record.
absl::string_view OutcomeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return "signed";
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kInvalidArgument:
      return "refused";
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
      return "";
    default:
      return "failed";
  }
}

absl::string_view ReasonText(const absl::Status& status) {
  const std::optional<ErrorReason> reason = GetReason(status);
  return reason.has_value() ? ErrorReasonName(*reason) : absl::string_view();
}

}  // namespace

// The jobs of one call, as far as records need them.
struct AuditedVault::Asked {
  absl::string_view subject(size_t job) const {
    const size_t begin = job == 0 ? 0 : ends[job - 1];
    return absl::string_view(subjects).substr(begin, ends[job] - begin);
  }

  std::string subjects;
  std::vector<size_t> ends;
  std::vector<absl::Time> deadlines;
  OnResults on_results;
};

AuditedVault::AuditedVault(Vault& vault, AuditLog& log)
    : vault_(vault), log_(log), names_(std::make_shared<KeyNames>()) {}

std::vector<KeyFileOutcome> AuditedVault::ReplaceKeys(
    std::vector<KeyFile> files) {
  std::vector<std::string> ids;
  ids.reserve(files.size());
  for (const KeyFile& file : files) {
    ids.push_back(file.label.empty() ? file.id
                                     : absl::StrCat(file.id, "@", file.label));
  }
  std::vector<KeyFileOutcome> outcomes = vault_.ReplaceKeys(std::move(files));
  auto names = std::make_shared<KeyNames>();
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i].serving.has_value()) continue;
    names->emplace(std::string(outcomes[i].serving->spki_sha256()),
                   std::move(ids[i]));
  }
  std::atomic_store(&names_, std::shared_ptr<const KeyNames>(std::move(names)));
  return outcomes;
}

std::string AuditedVault::EngineName(KeyType type) const {
  return vault_.EngineName(type);
}

std::shared_ptr<const AuditedVault::Asked> AuditedVault::Describe(
    absl::Span<const SignJob> jobs, OnResults on_results) const {
  constexpr size_t kUsualBytes = 400;
  const std::shared_ptr<const KeyNames> names = std::atomic_load(&names_);
  auto asked = std::make_shared<Asked>();
  asked->on_results = std::move(on_results);
  asked->subjects.reserve(jobs.size() * kUsualBytes);
  asked->ends.reserve(jobs.size());
  asked->deadlines.reserve(jobs.size());
  for (const SignJob& job : jobs) {
    const auto name = names->find(job.request.spki_sha256());
    AppendSubject(job,
                  name == names->end() ? absl::string_view() : name->second,
                  asked->subjects);
    asked->ends.push_back(asked->subjects.size());
    asked->deadlines.push_back(job.hop.deadline);
  }
  return asked;
}

void AuditedVault::Sign(std::vector<SignJob> jobs, OnResults on_results) {
  const absl::Status admitted = log_.Admit();
  if (!admitted.ok()) {
    std::vector<JobResult> results;
    for (size_t i = 0; i < jobs.size(); ++i) results.push_back({i, admitted});
    if (!results.empty()) on_results(std::move(results));
    return;
  }
  std::shared_ptr<const Asked> asked = Describe(jobs, std::move(on_results));
  vault_.Sign(std::move(jobs),
              [this, asked = std::move(asked)](std::vector<JobResult> results) {
                Record(asked, std::move(results));
              });
}

void AuditedVault::Record(std::shared_ptr<const Asked> asked,
                          std::vector<JobResult> results) const {
  const absl::Time now = absl::Now();
  absl::Time deadline = absl::InfiniteFuture();
  AuditBatch batch(results.size());
  for (const JobResult& result : results) {
    const absl::Status& status = result.signature.status();
    const absl::string_view outcome = OutcomeOf(status);
    if (outcome.empty()) continue;
    batch.Add(now, asked->subject(result.job), outcome, ReasonText(status));
    deadline = std::min(deadline, asked->deadlines[result.job]);
  }
  if (batch.empty()) {
    asked->on_results(std::move(results));
    return;
  }
  log_.Append(std::move(batch), deadline,
              [asked = std::move(asked), results = std::move(results)](
                  const absl::Status& written) mutable {
                for (JobResult& result : results) {
                  if (!written.ok() && result.signature.ok()) {
                    result.signature = written;
                  }
                }
                asked->on_results(std::move(results));
              });
}

}  // namespace keyhold
