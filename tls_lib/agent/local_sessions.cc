#include "tls_lib/agent/local_sessions.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "tls_lib/agent/agent_errors.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

// How long one listing of keys may take.
constexpr absl::Duration kListTime = absl::Seconds(2);
// What the kernel holds of answers that a process does not read.
constexpr int kSendBufferBytes = 32768;

JsonLine& AddPeer(JsonLine& line, const UnixPeer& peer) {
  return line.Add("uid", static_cast<int64_t>(peer.uid))
      .Add("gid", static_cast<int64_t>(peer.gid));
}

JsonLine& AddStatus(JsonLine& line, const absl::Status& status) {
  return line.Add("status", absl::StatusCodeToString(status.code()))
      .Add("message", status.message());
}

}  // namespace

absl::StatusOr<std::unique_ptr<LocalSessions>> LocalSessions::Create(
    std::shared_ptr<const AgentState> state, const JsonLog& log) {
  ASSIGN_OR_RETURN(std::unique_ptr<EventLoop> loop, EventLoop::Create());
  std::unique_ptr<LocalSessions> sessions(
      new LocalSessions(state, log, std::move(loop)));
  LocalSessions* const self = sessions.get();
  self->loop_->Start([self] { self->OnTick(); });
  self->keys_ = std::make_unique<KnownKeys>(
      self->ListWith(state),
      [self](uint64_t number, const absl::Status& result) {
        self->OnListed(number, result);
      });
  return sessions;
}

LocalSessions::~LocalSessions() {
  ForAll([](LocalSession& session) { session.Close(); });
  // Ends a listing that is under way.
  state()->client->Close();
  loop_->Stop();
  keys_.reset();
  // The callbacks of the last answers may be on their way out still, on
  // threads on which a client does not end well.
  budgets_.AwaitNone();
}

KnownKeys::List LocalSessions::ListWith(
    const std::shared_ptr<const AgentState>& state) {
  return [state]() -> absl::StatusOr<std::vector<signer::v1::Key>> {
    if (!state->policy->NeedsIds()) return std::vector<signer::v1::Key>();
    return state->client->ListKeys({}, absl::Now() + kListTime);
  };
}

void LocalSessions::Admit(UniqueFd connection) {
  const absl::StatusOr<UnixPeer> peer = PeerOf(connection.get());
  if (!peer.ok()) {
    LogClosed(UnixPeer(), peer.status());
    return;
  }
  const absl::Status status = TryAdmit(connection, *peer);
  if (status.ok()) return;
  JsonLine line("connection_refused", LogLevel::kWarning);
  AddStatus(AddPeer(line, *peer), status);
  LogLine(std::move(line), refusals_);
  FrameSender(std::move(connection)).Send(FailedItemFrame(0, status));
}

absl::Status LocalSessions::TryAdmit(UniqueFd& connection,
                                     const UnixPeer& peer) {
  if (peer.uid == kOverflowId) return NobodyError();
  const std::shared_ptr<const AgentState> state = this->state();
  if (state->policy->RightsOf(peer).none()) return NoRuleError(peer);
  ASSIGN_OR_RETURN(
      std::unique_ptr<UserBudgets::Place> place,
      budgets_.Enter(peer.uid, {state->limits.max_connections,
                                state->limits.max_connections_per_user}));
  setsockopt(connection.get(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes,
             sizeof(kSendBufferBytes));
  auto session = std::make_shared<LocalSession>(*this, std::move(connection),
                                                peer, std::move(place));
  {
    absl::MutexLock lock(&mutex_);
    ++live_;
  }
  loop_->Post([this, session = std::move(session)] {
    sessions_.emplace(session.get(), session);
    session->Start();
    if (draining_) session->OnDrain();
  });
  return absl::OkStatus();
}

std::shared_ptr<const AgentState> LocalSessions::state() const {
  absl::MutexLock lock(&mutex_);
  return state_;
}

void LocalSessions::SetState(std::shared_ptr<const AgentState> state) {
  {
    absl::MutexLock lock(&mutex_);
    retired_.erase(
        std::remove_if(retired_.begin(), retired_.end(),
                       [](const auto& old) { return old.use_count() == 1; }),
        retired_.end());
    retired_.push_back(std::exchange(state_, state));
  }
  keys_->SetList(ListWith(state));
}

bool LocalSessions::Drain(absl::Time deadline) {
  draining_ = true;
  ForAll([](LocalSession& session) { session.OnDrain(); });
  absl::MutexLock lock(&mutex_);
  const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return live_ == 0;
  };
  return mutex_.AwaitWithDeadline(absl::Condition(&none), deadline);
}

void LocalSessions::ForAll(absl::AnyInvocable<void(LocalSession&)> each) {
  loop_->Post([this, each = std::move(each)]() mutable {
    std::vector<std::shared_ptr<LocalSession>> sessions;
    sessions.reserve(sessions_.size());
    for (const auto& entry : sessions_) sessions.push_back(entry.second);
    for (const std::shared_ptr<LocalSession>& session : sessions) {
      each(*session);
    }
  });
}

void LocalSessions::Forget(LocalSession& session) {
  watched_.erase(&session);
  if (sessions_.erase(&session) == 0) return;
  absl::MutexLock lock(&mutex_);
  --live_;
}

void LocalSessions::WatchTime(LocalSession& session) {
  if (sessions_.contains(&session)) watched_.insert(&session);
  loop_->SetTicking(!watched_.empty());
}

void LocalSessions::OnTick() {
  std::vector<std::shared_ptr<LocalSession>> watched;
  for (LocalSession* const session : watched_) {
    watched.push_back(sessions_.at(session));
  }
  const absl::Time now = absl::Now();
  for (const std::shared_ptr<LocalSession>& session : watched) {
    if (!session->OnTick(now)) watched_.erase(session.get());
  }
  loop_->SetTicking(!watched_.empty());
}

void LocalSessions::OnListed(uint64_t number, const absl::Status& result) {
  ForAll([number, result](LocalSession& session) {
    session.OnListed(number, result);
  });
  absl::MutexLock lock(&mutex_);
  if (result.ok()) {
    if (list_failed_) log_.Write(JsonLine("key_list"));
  } else {
    JsonLine line("key_list_failed", LogLevel::kWarning);
    AddStatus(line, result);
    LogLine(std::move(line), listings_);
  }
  list_failed_ = !result.ok();
}

void LocalSessions::LogLine(JsonLine line, LineBudget& budget) {
  const std::optional<uint64_t> suppressed = budget.Take(absl::Now());
  if (!suppressed.has_value()) return;
  if (*suppressed > 0) {
    line.Add("suppressed", static_cast<int64_t>(*suppressed));
  }
  log_.Write(line);
}

void LocalSessions::LogRefusal(const UnixPeer& peer,
                               absl::string_view spki_sha256,
                               const absl::Status& status) {
  JsonLine line("refused", LogLevel::kWarning);
  AddPeer(line, peer).Add("spki_sha256", absl::BytesToHexString(spki_sha256));
  AddStatus(line, status);
  LogLine(std::move(line), refusals_);
}

void LocalSessions::LogClosed(const UnixPeer& peer, const absl::Status& why) {
  JsonLine line("connection_closed", LogLevel::kWarning);
  AddStatus(AddPeer(line, peer), why);
  LogLine(std::move(line), closings_);
}

}  // namespace keyhold
