// All connections of local processes.
#ifndef KEYHOLD_TLS_LIB_AGENT_LOCAL_SESSIONS_H_
#define KEYHOLD_TLS_LIB_AGENT_LOCAL_SESSIONS_H_

#include <atomic>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "daemon/json_log.h"
#include "daemon/line_budget.h"
#include "tls_lib/agent/local_session.h"

namespace keyhold {

// Admits connections by the user that the kernel states, and keeps them until
// they end. Whom no rule names, and who has too many connections, gets a frame
// that says so, and is disconnected.
//
// Thread-safe, unless said otherwise.
class LocalSessions final : public SessionOwner {
 public:
  // Signatures that are with the signer at a time. A user's first signature
  // waits for one of them to end at most, and for those before it.
  static constexpr size_t kMostAtSigner = 512;

  // Makes the loop, and starts asking for keys. Internal if the operating
  // system is out of descriptors. `log` outlives this.
  static absl::StatusOr<std::unique_ptr<LocalSessions>> Create(
      std::shared_ptr<const AgentState> state, const JsonLog& log);
  // Ends all sessions. Nobody calls Admit any more.
  ~LocalSessions() override;

  void Admit(UniqueFd connection);
  // Sessions go on under the new policy, and sign with the new client what
  // comes from now on. Asks for the keys again.
  void SetState(std::shared_ptr<const AgentState> state);
  // Refuses new items, ends each session once nothing of it is outstanding,
  // and waits for all to end, until `deadline`; true if none is left.
  bool Drain(absl::Time deadline);

  std::shared_ptr<const AgentState> state() const override;
  bool draining() const override { return draining_; }
  EventLoop& loop() override { return *loop_; }
  KnownKeys& keys() override { return *keys_; }
  SigningTurns& turns() override { return turns_; }
  void LogRefusal(const UnixPeer& peer, absl::string_view spki_sha256,
                  const absl::Status& status) override;
  void LogClosed(const UnixPeer& peer, const absl::Status& why) override;
  void Forget(LocalSession& session) override;
  void WatchTime(LocalSession& session) override;

 private:
  LocalSessions(std::shared_ptr<const AgentState> state, const JsonLog& log,
                std::unique_ptr<EventLoop> loop)
      : log_(log), state_(std::move(state)), loop_(std::move(loop)) {}

  absl::Status TryAdmit(UniqueFd& connection, const UnixPeer& peer);
  void OnListed(uint64_t number, const absl::Status& result);
  void OnTick();
  // Runs `each` for all sessions, on the loop's thread.
  void ForAll(absl::AnyInvocable<void(LocalSession&)> each);
  KnownKeys::List ListWith(const std::shared_ptr<const AgentState>& state);
  void LogLine(JsonLine line, LineBudget& budget);

  const JsonLog& log_;
  LineBudget refusals_;
  LineBudget closings_;
  LineBudget listings_;
  UserBudgets budgets_;
  SigningTurns turns_{kMostAtSigner};
  std::atomic<bool> draining_{false};
  mutable absl::Mutex mutex_;
  std::shared_ptr<const AgentState> state_ ABSL_GUARDED_BY(mutex_);
  // Kept while an item uses them: a client does not end well on one of its
  // own threads, where the last item may.
  std::vector<std::shared_ptr<const AgentState>> retired_
      ABSL_GUARDED_BY(mutex_);
  size_t live_ ABSL_GUARDED_BY(mutex_) = 0;
  bool list_failed_ ABSL_GUARDED_BY(mutex_) = false;

  // Of the loop's thread.
  absl::flat_hash_map<LocalSession*, std::shared_ptr<LocalSession>> sessions_;
  absl::flat_hash_set<LocalSession*> watched_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<KnownKeys> keys_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_LOCAL_SESSIONS_H_
