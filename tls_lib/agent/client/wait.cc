#include "tls_lib/agent/client/wait.h"

#include <poll.h>

#include <algorithm>

namespace keyhold::agent {

bool PollWait::Await(int fd, short events, SteadyTime until) {
  // Rounded up, so that a wait of a fraction does not spin.
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
  const auto ms =
      std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 60 * 1000);
  pollfd polled = {fd, events, 0};
  // An interrupted wait is one that returns earlier.
  poll(&polled, 1, static_cast<int>(ms));
  return true;
}

}  // namespace keyhold::agent
