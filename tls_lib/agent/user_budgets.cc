#include "tls_lib/agent/user_budgets.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

absl::Status TooManyConnections(uid_t uid, int64_t most) {
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        "uid ", uid, " has ", most,
                        " connections to this agent, which is the most; raise "
                        "limits.max_connections_per_user in agent.yaml, or "
                        "find out why so many are open")),
                    ErrorReason::kTooManyInFlight);
}

absl::Status TooManyConnectionsInAll(int64_t most) {
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        "this agent has ", most,
                        " connections, which is the most; raise "
                        "limits.max_connections in agent.yaml, and its limit "
                        "of open files (LimitNOFILE=)")),
                    ErrorReason::kTooManyInFlight);
}

}  // namespace

absl::StatusOr<std::unique_ptr<UserBudgets::Place>> UserBudgets::Enter(
    uid_t uid, const Limits& limits) {
  absl::MutexLock lock(&mutex_);
  if (connections_ >= limits.connections) {
    return TooManyConnectionsInAll(limits.connections);
  }
  const auto found = users_.find(uid);
  if (found != users_.end() &&
      found->second.connections >= limits.connections_per_user) {
    return TooManyConnections(uid, limits.connections_per_user);
  }
  User& user = users_[uid];
  if (user.budget == nullptr) user.budget = std::make_shared<UserBudget>();
  ++user.connections;
  ++connections_;
  return std::unique_ptr<Place>(new Place(*this, uid, user.budget));
}

void UserBudgets::Leave(uid_t uid) {
  absl::MutexLock lock(&mutex_);
  --connections_;
  const auto user = users_.find(uid);
  if (--user->second.connections == 0) users_.erase(user);
}

void UserBudgets::AwaitNone() const {
  const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return connections_ == 0;
  };
  absl::MutexLock lock(&mutex_, absl::Condition(&none));
}

int64_t UserBudgets::connections() const {
  absl::MutexLock lock(&mutex_);
  return connections_;
}

}  // namespace keyhold
