#include "tls_lib/agent/client/connection_pool.h"

#include <pthread.h>

#include <atomic>
#include <utility>

#include "tls_lib/base/status_macros.h"

namespace keyhold::agent {

// All zeros in a new process. A lock of zeros is one that nobody holds
// (PTHREAD_MUTEX_INITIALIZER).
struct ConnectionPool::State {
  pthread_mutex_t mutex;
  // Guarded by mutex: 0 until the first use in this process; then how many of
  // slots_, from the front, hold an idle connection.
  uint64_t epoch;
  size_t idle;
  std::atomic<bool> away;
};

class ConnectionPool::Lock {
 public:
  explicit Lock(State& state) : mutex_(&state.mutex) {
    pthread_mutex_lock(mutex_);
  }
  ~Lock() { pthread_mutex_unlock(mutex_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  pthread_mutex_t* const mutex_;
};

absl::StatusOr<std::unique_ptr<ConnectionPool>> ConnectionPool::Create(
    ForkWipedPage::Method method) {
  static_assert(PTHREAD_MUTEX_NORMAL == 0, "zeros are an ordinary lock");
  ASSIGN_OR_RETURN(std::unique_ptr<ForkWipedPage> page,
                   ForkWipedPage::Create(method));
  return std::unique_ptr<ConnectionPool>(new ConnectionPool(std::move(page)));
}

ConnectionPool::ConnectionPool(std::unique_ptr<ForkWipedPage> page)
    : page_(std::move(page)) {}

// Called with the lock held.
ConnectionPool::State& ConnectionPool::Enter() {
  State& state = page_->Get<State>();
  if (state.epoch == 0) {
    for (std::unique_ptr<AgentConnection>& inherited : slots_) {
      inherited.reset();
    }
    state.epoch = ++last_epoch_;
  }
  return state;
}

uint64_t ConnectionPool::Epoch() {
  Lock lock(page_->Get<State>());
  return Enter().epoch;
}

std::unique_ptr<AgentConnection> ConnectionPool::Take() {
  for (;;) {
    std::unique_ptr<AgentConnection> connection;
    {
      Lock lock(page_->Get<State>());
      State& state = Enter();
      if (state.idle == 0) return nullptr;
      connection = std::move(slots_[--state.idle]);
    }
    if (connection->IsIntact()) return connection;
  }
}

void ConnectionPool::Give(std::unique_ptr<AgentConnection> connection) {
  Lock lock(page_->Get<State>());
  State& state = Enter();
  if (state.idle == kMostIdle) return;
  // The slot is filled before it counts, for a fork in between.
  slots_[state.idle] = std::move(connection);
  ++state.idle;
}

void ConnectionPool::Clear() {
  std::array<std::unique_ptr<AgentConnection>, kMostIdle> closed;
  Lock lock(page_->Get<State>());
  State& state = Enter();
  closed.swap(slots_);
  state.idle = 0;
}

bool ConnectionPool::agent_is_away() {
  return page_->Get<State>().away.load(std::memory_order_relaxed);
}

void ConnectionPool::set_agent_is_away(bool away) {
  page_->Get<State>().away.store(away, std::memory_order_relaxed);
}

}  // namespace keyhold::agent
