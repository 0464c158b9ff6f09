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

// Whether to ask again after the question of another, who had until
// `others_deadline`.
bool AskAgain(const absl::StatusOr<SignatureScheme>& choice,
              absl::Time others_deadline, absl::Time deadline) {
  return EndedForWantOfTime(choice.status()) && others_deadline < deadline;
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
      flight = Board(question, deadline, &leads);
    }
    if (leads) return Lead(question, *flight, ask);
    if (!flight->landed.WaitForNotificationWithDeadline(deadline)) {
      return OthersQuestionTookTooLong();
    }
    const absl::StatusOr<SignatureScheme>& choice = *flight->choice;
    if (!AskAgain(choice, flight->deadline, deadline)) return choice;
  }
}

absl::StatusOr<SignatureScheme> SchemeChoiceCache::Lead(
    const Question& question, Flight& flight, Ask ask) {
  const Answer answer = ask();
  Land(question, flight, answer);
  return answer.choice;
}

std::shared_ptr<SchemeChoiceCache::Flight> SchemeChoiceCache::Board(
    const Question& question, absl::Time deadline, bool* leads) {
  std::shared_ptr<Flight>& slot = flights_[question];
  *leads = slot == nullptr;
  if (*leads) slot = std::make_shared<Flight>(deadline);
  return slot;
}

std::optional<absl::StatusOr<SignatureScheme>> SchemeChoiceCache::TryGet(
    const Question& question, absl::string_view policy_version) {
  absl::MutexLock lock(&mutex_);
  Adopt(policy_version);
  return Find(question);
}

std::optional<absl::StatusOr<SignatureScheme>> SchemeChoiceCache::GetLater(
    const Question& question, absl::string_view policy_version,
    absl::Time deadline, StartAsk start_ask, Waiter waiter) {
  std::shared_ptr<Flight> flight;
  bool leads = false;
  {
    absl::MutexLock lock(&mutex_);
    Adopt(policy_version);
    if (auto choice = Find(question); choice.has_value()) return choice;
    flight = Board(question, deadline, &leads);
    if (leads) {
      flight->waiters.push_back(std::move(waiter));
    } else {
      flight->waiters.push_back(
          [this, question, deadline, others_deadline = flight->deadline,
           start_ask, waiter = std::move(waiter)](
              const absl::StatusOr<SignatureScheme>& choice) mutable {
            if (!AskAgain(choice, others_deadline, deadline)) {
              std::move(waiter)(choice);
              return;
            }
            // Shared: GetLater leaves the waiter alone if it returns a choice,
            // but takes it.
            auto shared = std::make_shared<Waiter>(std::move(waiter));
            auto known = GetLater(
                question, PolicyVersion(), deadline, start_ask,
                [shared](const absl::StatusOr<SignatureScheme>& later) {
                  std::move (*shared)(later);
                });
            if (known.has_value()) std::move (*shared)(*known);
          });
    }
  }
  if (!leads) return std::nullopt;
  flight->asking = start_ask(deadline, [this, question, flight](Answer answer) {
    Land(question, *flight, answer);
  });
  return std::nullopt;
}

void SchemeChoiceCache::Land(const Question& question, Flight& flight,
                             const Answer& answer) {
  std::vector<Waiter> waiters;
  {
    absl::MutexLock lock(&mutex_);
    if (!answer.policy_version.empty()) Adopt(answer.policy_version);
    if (answer.choice.ok() || IsRefusal(answer.choice.status())) {
      Keep(question, answer.choice);
    }
    flights_.erase(question);
    waiters.swap(flight.waiters);
  }
  flight.choice = answer.choice;
  flight.landed.Notify();
  for (Waiter& waiter : waiters) std::move(waiter)(answer.choice);
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

std::string SchemeChoiceCache::PolicyVersion() const {
  absl::MutexLock lock(&mutex_);
  return policy_version_;
}

size_t SchemeChoiceCache::size() const {
  absl::MutexLock lock(&mutex_);
  return entries_.size();
}

}  // namespace keyhold
