#include "tls_lib/agent/client/agent_client.h"

#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "tls_lib/agent/client/agent_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold::agent {
namespace {

// One is lost with an agent that ends, others in the queue of a socket that
// closes with it. A question that ends every agent must end, too.
constexpr int kMostAttempts = 8;
// An agent that restarts is back within a few of these. Lost connections are
// followed by one, two, four … of them: 0.6 s in all.
constexpr auto kConnectAgain = std::chrono::milliseconds(10);
constexpr size_t kRequestIdBytes = 16;

// Empty, which the field may be, if the kernel has no random bytes yet.
std::string NewRequestId() {
  std::string id(kRequestIdBytes, '\0');
  const ssize_t size = getrandom(&id[0], id.size(), GRND_NONBLOCK);
  return size == static_cast<ssize_t>(id.size()) ? id : std::string();
}

// What the agent is told is a little less than what this side waits: an error
// that says what is wrong is better than none in time.
uint64_t TimeLeftMicros(SteadyTime deadline) {
  const auto left = deadline - SteadyClock::now();
  const auto margin = std::min<SteadyClock::duration>(
      left / 10, std::chrono::milliseconds(100));
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(left - margin);
  return static_cast<uint64_t>(std::max<int64_t>(0, micros.count()));
}

// As good as a lost connection: the next agent will answer.
bool IsLeaving(const absl::Status& answer) {
  return GetReason(answer) == ErrorReason::kDraining;
}

// Waits as long as an agent needs to be gone, and to come back.
void Rest(Wait& wait, int times, SteadyTime deadline) {
  const SteadyTime until =
      std::min(deadline, SteadyClock::now() + times * kConnectAgain);
  while (SteadyClock::now() < until) wait.Await(-1, 0, until);
}

// A fiber may be resumed in the child of a fork. The connection that it waits
// for, and with it perhaps half an answer, is the parent's.
class WaitInOneProcess final : public Wait {
 public:
  WaitInOneProcess(Wait& wait, ConnectionPool& pool)
      : wait_(wait), pool_(pool), epoch_(pool.Epoch()) {}

  bool Await(int fd, short events, SteadyTime until) override {
    return wait_.Await(fd, events, until) && pool_.Epoch() == epoch_;
  }

 private:
  Wait& wait_;
  ConnectionPool& pool_;
  const uint64_t epoch_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AgentClient>> AgentClient::Create(
    TrustedAgent agent, ForkWipedPage::Method method) {
  ASSIGN_OR_RETURN(std::unique_ptr<ConnectionPool> pool,
                   ConnectionPool::Create(method));
  return std::unique_ptr<AgentClient>(
      new AgentClient(std::move(agent), std::move(pool)));
}

absl::StatusOr<std::string> AgentClient::Sign(absl::string_view spki_sha256,
                                              SignatureScheme scheme,
                                              const ContentToSign& input,
                                              Wait& wait, SteadyTime deadline) {
  SignQuestion question;
  question.request_id = NewRequestId();
  question.spki_sha256 = std::string(spki_sha256);
  question.scheme = scheme;
  question.input = input;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    absl::StatusOr<SignAnswer> answer = AskOnce(question, wait, deadline);
    const absl::Status& outcome =
        answer.ok() ? answer->status : answer.status();
    const bool is_lost = !answer.ok() && absl::IsAborted(outcome);
    if (!is_lost && !IsLeaving(outcome)) {
      RETURN_IF_ERROR(outcome);
      return std::move(answer->signature);
    }
    // The others are as old, and were the same agent's.
    pool_->Clear();
    // The first new connection is worth a try at once.
    if (attempt > 0 && attempt + 1 < kMostAttempts) {
      Rest(wait, 1 << (attempt - 1), deadline);
    }
  }
  return absl::UnavailableError(LostConnectionError(agent_.address).message());
}

absl::StatusOr<SignAnswer> AgentClient::AskOnce(SignQuestion& question,
                                                Wait& wait,
                                                SteadyTime deadline) {
  std::unique_ptr<AgentConnection> connection = pool_->Take();
  if (connection == nullptr) {
    ASSIGN_OR_RETURN(connection, Connect(wait, deadline));
  }
  question.time_left_us = TimeLeftMicros(deadline);
  WaitInOneProcess here(wait, *pool_);
  absl::StatusOr<SignAnswer> answer = connection->Ask(question, here, deadline);
  if (answer.ok()) pool_->Give(std::move(connection));
  return answer;
}

absl::StatusOr<std::unique_ptr<AgentConnection>> AgentClient::Connect(
    Wait& wait, SteadyTime deadline) {
  for (;;) {
    absl::StatusOr<std::unique_ptr<AgentConnection>> connection =
        AgentConnection::Open(agent_);
    if (connection.ok()) pool_->set_agent_is_away(false);
    // A full queue is that of an agent that is there.
    const bool is_busy = absl::IsAborted(connection.status());
    const bool is_away = absl::IsUnavailable(connection.status());
    if (!is_busy && (!is_away || pool_->agent_is_away())) return connection;
    const SteadyTime again = SteadyClock::now() + kConnectAgain;
    if (again >= deadline) {
      if (is_away) pool_->set_agent_is_away(true);
      return absl::UnavailableError(connection.status().message());
    }
    wait.Await(-1, 0, again);
  }
}

}  // namespace keyhold::agent
