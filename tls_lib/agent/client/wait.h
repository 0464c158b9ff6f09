// How a signature waits for the agent: by blocking, or in some other way.
#ifndef KEYHOLD_TLS_LIB_AGENT_CLIENT_WAIT_H_
#define KEYHOLD_TLS_LIB_AGENT_CLIENT_WAIT_H_

#include <chrono>

namespace keyhold::agent {

// On a clock that nobody sets.
using SteadyClock = std::chrono::steady_clock;
using SteadyTime = SteadyClock::time_point;

// One for each signature; used by one thread at a time.
class Wait {
 public:
  virtual ~Wait() = default;

  // Returns when `fd` is ready for `events` (poll(2)'s), has failed, or when
  // it is `until`. May return earlier without any reason. With fd -1 there is
  // only the time. No lock is held by the caller. False if `fd` must not be
  // touched any more: meanwhile there was a fork, and this is the child.
  virtual bool Await(int fd, short events, SteadyTime until) = 0;
};

// Blocks the thread, in poll(2).
class PollWait final : public Wait {
 public:
  bool Await(int fd, short events, SteadyTime until) override;
};

}  // namespace keyhold::agent

#endif  // KEYHOLD_TLS_LIB_AGENT_CLIENT_WAIT_H_
