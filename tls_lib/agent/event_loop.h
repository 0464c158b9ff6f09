// One thread that waits for many descriptors (epoll).
#ifndef KEYHOLD_TLS_LIB_AGENT_EVENT_LOOP_H_
#define KEYHOLD_TLS_LIB_AGENT_EVENT_LOOP_H_

#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// What happens to a descriptor. Called on the loop's thread.
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  // `events`: EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR.
  virtual void OnEvents(uint32_t events) = 0;
};

// Post is thread-safe; Stop is for any other thread than the loop's.
// All else is for functions that run on the loop's thread.
class EventLoop {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  // Internal if the operating system is out of descriptors.
  static absl::StatusOr<std::unique_ptr<EventLoop>> Create();
  // Stops.
  ~EventLoop();

  // Starts the thread. `on_tick` runs there while ticking, every kTick.
  void Start(absl::AnyInvocable<void()> on_tick);
  // Ends the thread after what was posted so far. Later tasks never run.
  void Stop();

  // Runs `task` on the thread soon.
  void Post(Task task);

  static constexpr absl::Duration kTick = absl::Milliseconds(50);
  void SetTicking(bool ticking) { ticking_ = ticking; }

  // Watches `fd`, level-triggered, until Remove; keeps `handler` so long.
  absl::Status Add(int fd, uint32_t events,
                   std::shared_ptr<EventHandler> handler);
  void Modify(int fd, uint32_t events);
  // Before fd is closed. No events of it are delivered any more, not even
  // those that were fetched with the present one.
  void Remove(int fd);

 private:
  struct Watch {
    // Tells an event of this watch from one of an earlier watch of the same
    // number.
    uint32_t generation;
    std::shared_ptr<EventHandler> handler;
  };

  EventLoop(UniqueFd epoll, UniqueFd wake)
      : epoll_(std::move(epoll)), wake_(std::move(wake)) {}

  void Work();
  void Dispatch(uint64_t key, uint32_t events);
  // False if the loop is to end.
  bool RunTasks();

  const UniqueFd epoll_;
  // An eventfd: there are tasks, or it is time to stop.
  const UniqueFd wake_;
  absl::AnyInvocable<void()> on_tick_;
  // Of the thread.
  absl::flat_hash_map<int, Watch> watches_;
  uint32_t next_generation_ = 0;
  bool ticking_ = false;

  absl::Mutex mutex_;
  std::vector<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_EVENT_LOOP_H_
