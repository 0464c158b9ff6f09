#include "signer_service/audit/refusal_log.h"

#include <utility>

#include "absl/time/clock.h"
#include "signer_service/audit/record_text.h"

namespace keyhold {
namespace {

void Append(AuditLog& log, AuditBatch batch) {
  if (batch.empty()) return;
  // Nobody waits for it.
  log.Append(std::move(batch), absl::InfiniteFuture(),
             [](const absl::Status&) {});
}

// The record without what differs from one to the next.
std::string SubjectOf(AuditRecord refusal) {
  refusal.server_name = "";
  refusal.request_id = "";
  refusal.input = AuditRecord::Input::kNone;
  std::string subject;
  AppendAuditSubject(refusal, subject);
  return subject;
}

std::string SubjectOfAnyKind(absl::string_view identity) {
  AuditRecord record;
  record.event = AuditRecord::Event::kRefused;
  record.identity = identity;
  return SubjectOf(record);
}

}  // namespace

RefusalLog::RefusalLog(AuditLog& log, absl::Duration window)
    : log_(log), window_(window), thread_([this] { Work(); }) {}

RefusalLog::~RefusalLog() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  thread_.join();
  EndWindow();
}

void RefusalLog::Record(const AuditRecord& refusal) {
  AuditBatch batch;
  {
    absl::MutexLock lock(&mutex_);
    if (Repeats* repeats = FindRepeats(refusal)) {
      ++repeats->count;
      return;
    }
    batch.Add(refusal);
  }
  Append(log_, std::move(batch));
}

RefusalLog::Repeats* RefusalLog::FindRepeats(const AuditRecord& refusal) {
  std::string identity(refusal.identity.substr(0, kMaxAuditTextBytes));
  auto place = identities_.find(identity);
  if (place == identities_.end()) {
    // The last place is for all that come too late.
    if (identities_.size() >= kMaxIdentities) identity.clear();
    place = identities_.try_emplace(identity).first;
  }
  Kinds& kinds = place->second;
  const bool crowded = place->first.empty() && !refusal.identity.empty();
  Kind kind{refusal.call, refusal.spki_sha256, refusal.usage, refusal.reason};
  auto at = kinds.find(kind);
  if (at != kinds.end()) return &at->second;
  if (crowded || kinds.size() >= kMaxKinds) {
    Repeats& any = kinds[Kind()];
    if (any.subject.empty()) any.subject = SubjectOfAnyKind(place->first);
    return &any;
  }
  kinds.emplace(std::move(kind),
                Repeats{SubjectOf(refusal), std::string(refusal.reason), 0});
  return nullptr;
}

void RefusalLog::CountUnauthenticated() {
  absl::MutexLock lock(&mutex_);
  ++unauthenticated_;
}

void RefusalLog::EndWindow() {
  const absl::Time now = absl::Now();
  std::map<std::string, Kinds> identities;
  uint64_t unauthenticated = 0;
  {
    absl::MutexLock lock(&mutex_);
    identities.swap(identities_);
    unauthenticated = std::exchange(unauthenticated_, 0);
  }
  AuditBatch batch;
  std::string body;
  for (const auto& [identity, kinds] : identities) {
    for (const auto& [kind, repeats] : kinds) {
      if (repeats.count == 0) continue;
      body.clear();
      AppendAuditBody(now, repeats.subject, "refused", repeats.reason, body);
      AppendAuditNumber(body, "repeats", repeats.count);
      batch.AddBody(body);
    }
  }
  if (unauthenticated > 0) {
    body.clear();
    AppendAuditTime(body, "time", now);
    AppendAuditText(body, "event", "unauthenticated");
    AppendAuditNumber(body, "count", unauthenticated);
    batch.AddBody(body);
  }
  Append(log_, std::move(batch));
}

void RefusalLog::Work() {
  absl::MutexLock lock(&mutex_);
  while (!ending_) {
    mutex_.AwaitWithTimeout(absl::Condition(&ending_), window_);
    if (ending_) return;
    mutex_.Unlock();
    EndWindow();
    mutex_.Lock();
  }
}

}  // namespace keyhold
