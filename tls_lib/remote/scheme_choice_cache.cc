#include "tls_lib/remote/scheme_choice_cache.h"

#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

bool IsRefusal(const absl::Status& status) {
  return absl::IsPermissionDenied(status) ||
         (absl::IsFailedPrecondition(status) &&
          GetReason(status) == ErrorReason::kNoCommonScheme);
}

bool EndedForWantOfTime(const absl::Status& status) {
  return absl::IsDeadlineExceeded(status) || absl::IsUnavailable(status);
}

absl::Status OthersQuestionTookTooLong() {
  return absl::DeadlineExceededError(
      "the service has not yet answered the same question of another "
      "handshake: which scheme to sign with");
}

}  // namespace

absl::StatusOr<SignatureScheme> SchemeChoiceCache::Get(
    const Question& question, absl::string_view policy_version,
    absl::Time deadline, Ask ask) {
  {
    absl::MutexLock lock(&mutex_);
    Adopt(policy_version);
  }
  while (true) {
    std::shared_ptr<Flight> flight;
    bool leads = false;
    {
      absl::MutexLock lock(&mutex_);
      if (auto choice = Find(question); choice.has_value()) return *choice;
      std::shared_ptr<Flight>& slot = flights_[question];
      leads = slot == nullptr;
      if (leads) slot = std::make_shared<Flight>(deadline);
      flight = slot;
    }
    if (leads) return Lead(question, *flight, ask);
    if (!flight->landed.WaitForNotificationWithDeadline(deadline)) {
      return OthersQuestionTookTooLong();
    }
    const absl::StatusOr<SignatureScheme>& choice = *flight->choice;
    const bool ask_again =
        EndedForWantOfTime(choice.status()) && flight->deadline < deadline;
    if (!ask_again) return choice;
  }
}

absl::StatusOr<SignatureScheme> SchemeChoiceCache::Lead(
    const Question& question, Flight& flight, Ask ask) {
  const Answer answer = ask();
  {
    absl::MutexLock lock(&mutex_);
    if (!answer.policy_version.empty()) Adopt(answer.policy_version);
    if (answer.choice.ok() || IsRefusal(answer.choice.status())) {
      Keep(question, answer.choice);
    }
    flights_.erase(question);
  }
  flight.choice = answer.choice;
  flight.landed.Notify();
  return answer.choice;
}

std::optional<absl::StatusOr<SignatureScheme>> SchemeChoiceCache::Find(
    const Question& question) {
  const auto found = index_.find(question);
  if (found == index_.end()) return std::nullopt;
  const Entries::iterator entry = found->second;
  if (entry->expires <= options_.clock()) {
    Drop(entry);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->choice;
}

void SchemeChoiceCache::Adopt(absl::string_view policy_version) {
  if (policy_version_ == policy_version) return;
  policy_version_ = std::string(policy_version);
  index_.clear();
  entries_.clear();
}

void SchemeChoiceCache::Keep(const Question& question,
                             const absl::StatusOr<SignatureScheme>& choice) {
  if (const auto found = index_.find(question); found != index_.end()) {
    Drop(found->second);
  }
  const absl::Time expires = choice.ok()
                                 ? absl::InfiniteFuture()
                                 : options_.clock() + options_.refusal_lifetime;
  entries_.push_front(Entry{question, choice, expires});
  index_.emplace(question, entries_.begin());
  if (entries_.size() > options_.max_entries) Drop(std::prev(entries_.end()));
}

void SchemeChoiceCache::Drop(Entries::iterator entry) {
  index_.erase(entry->question);
  entries_.erase(entry);
}

void SchemeChoiceCache::Forget(const Question& question,
                               SignatureScheme scheme) {
  absl::MutexLock lock(&mutex_);
  const auto found = index_.find(question);
  if (found == index_.end()) return;
  const absl::StatusOr<SignatureScheme>& choice = found->second->choice;
  if (choice.ok() && *choice == scheme) Drop(found->second);
}

size_t SchemeChoiceCache::size() const {
  absl::MutexLock lock(&mutex_);
  return entries_.size();
}

}  // namespace keyhold
