#include "tls_lib/provider/async_job_wait.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace keyhold::provider {
namespace {

using agent::SteadyTime;

// More resumptions than this in vain, in one signature: somebody spins.
constexpr int kMostFruitless = 64;

// The key under which the descriptor is known to OpenSSL: an address that
// nobody else has.
char g_key;

void CloseSet(ASYNC_WAIT_CTX*, const void*, OSSL_ASYNC_FD fd, void*) {
  close(fd);
}

// A set is shared with the process that made it: after a fork it is no use.
void* ThisProcess() { return reinterpret_cast<void*>(intptr_t{getpid()}); }

// The set of a wait context: what it has, or a new one that it does not know
// of yet.
class EpollSet {
 public:
  explicit EpollSet(ASYNC_JOB* job) : context_(ASYNC_get_wait_ctx(job)) {
    if (context_ == nullptr) return;
    OSSL_ASYNC_FD known = -1;
    void* maker = nullptr;
    if (ASYNC_WAIT_CTX_get_fd(context_, &g_key, &known, &maker) == 1) {
      if (maker == ThisProcess()) fd_ = known;
      return;
    }
    new_.Reset(epoll_create1(EPOLL_CLOEXEC));
    fd_ = new_.get();
  }

  // -1 if there is none and none can be had.
  int fd() const { return fd_; }
  bool is_new() const { return static_cast<bool>(new_); }

  // Has the context tell the owner of the job, at the job's next pause.
  bool Announce() {
    if (ASYNC_WAIT_CTX_set_wait_fd(context_, &g_key, fd_, ThisProcess(),
                                   CloseSet) != 1) {
      return false;
    }
    static_cast<void>(new_.release());
    return true;
  }

 private:
  ASYNC_WAIT_CTX* const context_;
  int fd_ = -1;
  UniqueFd new_;
};

bool SetTimer(UniqueFd& timer, SteadyTime until) {
  if (!timer) {
    timer.Reset(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  }
  if (!timer) return false;
  // steady_clock is CLOCK_MONOTONIC. All zeros would mean never.
  const auto ns = std::max<int64_t>(
      1, std::chrono::nanoseconds(until.time_since_epoch()).count());
  itimerspec at = {};
  at.it_value.tv_sec = ns / 1000000000;
  at.it_value.tv_nsec = ns % 1000000000;
  return timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &at, nullptr) == 0;
}

// Watches a descriptor as long as it lives: in the process that made it, since
// a child of a fork would change what its parent watches.
class Watch {
 public:
  Watch(int set, int fd, uint32_t events)
      : maker_(ThisProcess()), set_(set), fd_(fd) {
    epoll_event event = {};
    event.events = events;
    added_ = fd < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0;
  }
  ~Watch() {
    if (added_ && fd_ >= 0 && maker_ == ThisProcess())
      epoll_ctl(set_, EPOLL_CTL_DEL, fd_, nullptr);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  bool added() const { return added_; }

 private:
  void* const maker_;
  const int set_;
  const int fd_;
  bool added_;
};

bool IsReady(int set) {
  pollfd polled = {set, POLLIN, 0};
  return poll(&polled, 1, 0) != 0;
}

}  // namespace

bool AsyncJobWait::Await(int fd, short events, SteadyTime until) {
  blocks_ = blocks_ || !Pause(fd, events, until);
  return !blocks_ || agent::PollWait().Await(fd, events, until);
}

bool AsyncJobWait::Pause(int fd, short events, SteadyTime until) {
  EpollSet epoll(job_);
  const int set = epoll.fd();
  if (set < 0 || !SetTimer(timer_, until)) return false;
  // poll's and epoll's bits are the same.
  const Watch socket(set, fd, static_cast<uint32_t>(events));
  const Watch timer(set, timer_.get(), EPOLLIN);
  if (!socket.added() || !timer.added()) return false;
  // Whoever owns the job learns of the set when the job pauses, and counts on
  // knowing it when the connection ends: HAProxy aborts otherwise. So what is
  // announced is paused for, and nothing may fail in between.
  bool untold = epoll.is_new();
  if (untold && !epoll.Announce()) return false;
  while (untold || !IsReady(set)) {
    untold = false;
    // It also "succeeds", without pausing, while pausing is blocked.
    if (ASYNC_pause_job() != 1) return false;
    if (!IsReady(set) && ++fruitless_ > kMostFruitless) return false;
  }
  return true;
}

}  // namespace keyhold::provider
