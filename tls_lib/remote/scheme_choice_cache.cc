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
  const Key key(question, policy_version);
  while (true) {
    std::shared_ptr<Flight> flight;
    bool leads = false;
    {
      absl::MutexLock lock(&mutex_);
      if (auto choice = Find(key); choice.has_value()) return *choice;
      flight = Board(question, deadline, &leads);
    }
    if (leads) return Lead(key, *flight, ask);
    if (!flight->landed.WaitForNotificationWithDeadline(deadline)) {
      return OthersQuestionTookTooLong();
    }
    const absl::StatusOr<SignatureScheme>& choice = *flight->choice;
    if (!AskAgain(choice, flight->deadline, deadline)) return choice;
  }
}

absl::StatusOr<SignatureScheme> SchemeChoiceCache::Lead(const Key& key,
                                                        Flight& flight,
                                                        Ask ask) {
  const Answer answer = ask();
  Land(key, flight, answer);
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
  const Key key(question, policy_version);
  absl::MutexLock lock(&mutex_);
  return Find(key);
}

std::optional<absl::StatusOr<SignatureScheme>> SchemeChoiceCache::GetLater(
    const Question& question, absl::string_view policy_version,
    absl::Time deadline, StartAsk start_ask, Waiter waiter) {
  const Key key(question, policy_version);
  std::shared_ptr<Flight> flight;
  bool leads = false;
  {
    absl::MutexLock lock(&mutex_);
    if (auto choice = Find(key); choice.has_value()) return choice;
    flight = Board(question, deadline, &leads);
    if (leads) {
      flight->waiters.push_back(std::move(waiter));
    } else {
      flight->waiters.push_back(
          [this, key, deadline, others_deadline = flight->deadline, start_ask,
           waiter = std::move(waiter)](
              const absl::StatusOr<SignatureScheme>& choice) mutable {
            if (!AskAgain(choice, others_deadline, deadline)) {
              std::move(waiter)(choice);
              return;
            }
            // Shared: GetLater leaves the waiter alone if it returns a choice,
            // but takes it.
            auto shared = std::make_shared<Waiter>(std::move(waiter));
            auto known = GetLater(
                key.first, key.second, deadline, start_ask,
                [shared](const absl::StatusOr<SignatureScheme>& later) {
                  std::move (*shared)(later);
                });
            if (known.has_value()) std::move (*shared)(*known);
          });
    }
  }
  if (!leads) return std::nullopt;
  flight->asking = start_ask(deadline, [this, key, flight](Answer answer) {
    Land(key, *flight, answer);
  });
  return std::nullopt;
}

void SchemeChoiceCache::Land(const Key& key, Flight& flight,
                             const Answer& answer) {
  std::vector<Waiter> waiters;
  {
    absl::MutexLock lock(&mutex_);
    if (answer.choice.ok() || IsRefusal(answer.choice.status())) {
      Keep({key.first,
            answer.policy_version.empty() ? key.second : answer.policy_version},
           answer.choice);
    }
    flights_.erase(key.first);
    waiters.swap(flight.waiters);
  }
  flight.choice = answer.choice;
  flight.landed.Notify();
  for (Waiter& waiter : waiters) std::move(waiter)(answer.choice);
}

std::optional<absl::StatusOr<SignatureScheme>> SchemeChoiceCache::Find(
    const Key& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return std::nullopt;
  const Entries::iterator entry = found->second;
  if (entry->expires <= options_.clock()) {
    Drop(entry);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->choice;
}

void SchemeChoiceCache::Keep(Key key,
                             const absl::StatusOr<SignatureScheme>& choice) {
  if (const auto found = index_.find(key); found != index_.end()) {
    Drop(found->second);
  }
  const absl::Time expires = choice.ok()
                                 ? absl::InfiniteFuture()
                                 : options_.clock() + options_.refusal_lifetime;
  entries_.push_front(Entry{key, choice, expires});
  index_.emplace(std::move(key), entries_.begin());
  if (entries_.size() > options_.max_entries) Drop(std::prev(entries_.end()));
}

void SchemeChoiceCache::Drop(Entries::iterator entry) {
  index_.erase(entry->key);
  entries_.erase(entry);
}

void SchemeChoiceCache::Forget(const Question& question,
                               SignatureScheme scheme) {
  absl::MutexLock lock(&mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (entry->key.first == question && entry->choice.ok() &&
        *entry->choice == scheme) {
      Drop(entry);
    }
    entry = next;
  }
}

size_t SchemeChoiceCache::size() const {
  absl::MutexLock lock(&mutex_);
  return entries_.size();
}

}  // namespace keyhold
