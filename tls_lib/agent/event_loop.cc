#include "tls_lib/agent/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>

#include "absl/time/clock.h"

namespace keyhold {
namespace {

constexpr int kMostEvents = 256;
constexpr uint64_t kWakeKey = ~uint64_t{0};

uint64_t KeyOf(int fd, uint32_t generation) {
  return static_cast<uint64_t>(generation) << 32 | static_cast<uint32_t>(fd);
}

int Control(int epoll, int operation, int fd, uint32_t events, uint64_t key) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = key;
  return epoll_ctl(epoll, operation, fd, &event);
}

}  // namespace

absl::StatusOr<std::unique_ptr<EventLoop>> EventLoop::Create() {
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  UniqueFd wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!epoll || !wake ||
      Control(epoll.get(), EPOLL_CTL_ADD, wake.get(), EPOLLIN, kWakeKey) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make an event loop");
  }
  return std::unique_ptr<EventLoop>(
      new EventLoop(std::move(epoll), std::move(wake)));
}

EventLoop::~EventLoop() { Stop(); }

void EventLoop::Start(absl::AnyInvocable<void()> on_tick) {
  on_tick_ = std::move(on_tick);
  thread_ = std::thread([this] { Work(); });
}

void EventLoop::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  eventfd_write(wake_.get(), 1);
  if (thread_.joinable()) thread_.join();
  // What they hold goes now.
  std::vector<Task> tasks;
  absl::MutexLock lock(&mutex_);
  tasks.swap(tasks_);
}

void EventLoop::Post(Task task) {
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    tasks_.push_back(std::move(task));
    if (tasks_.size() > 1) return;
  }
  eventfd_write(wake_.get(), 1);
}

absl::Status EventLoop::Add(int fd, uint32_t events,
                            std::shared_ptr<EventHandler> handler) {
  const uint32_t generation = ++next_generation_;
  if (Control(epoll_.get(), EPOLL_CTL_ADD, fd, events, KeyOf(fd, generation)) !=
      0) {
    return absl::ErrnoToStatus(errno, "epoll_ctl");
  }
  watches_[fd] = {generation, std::move(handler)};
  return absl::OkStatus();
}

void EventLoop::Modify(int fd, uint32_t events) {
  const auto watch = watches_.find(fd);
  if (watch == watches_.end()) return;
  Control(epoll_.get(), EPOLL_CTL_MOD, fd, events,
          KeyOf(fd, watch->second.generation));
}

void EventLoop::Remove(int fd) {
  const auto watch = watches_.find(fd);
  if (watch == watches_.end()) return;
  Control(epoll_.get(), EPOLL_CTL_DEL, fd, 0, 0);
  watches_.erase(watch);
}

void EventLoop::Dispatch(uint64_t key, uint32_t events) {
  const int fd = static_cast<int>(key & 0xffffffff);
  const auto watch = watches_.find(fd);
  if (watch == watches_.end() || watch->second.generation != key >> 32) return;
  // It may remove itself.
  const std::shared_ptr<EventHandler> handler = watch->second.handler;
  handler->OnEvents(events);
}

bool EventLoop::RunTasks() {
  eventfd_t count = 0;
  eventfd_read(wake_.get(), &count);
  std::vector<Task> tasks;
  bool stopping = false;
  {
    absl::MutexLock lock(&mutex_);
    tasks.swap(tasks_);
    stopping = stopping_;
  }
  for (Task& task : tasks) std::move(task)();
  return !stopping;
}

void EventLoop::Work() {
  epoll_event events[kMostEvents];
  absl::Time next_tick = absl::Now() + kTick;
  while (true) {
    const int timeout =
        ticking_ ? static_cast<int>(absl::ToInt64Milliseconds(kTick)) : -1;
    const int count = epoll_wait(epoll_.get(), events, kMostEvents, timeout);
    bool woken = false;
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 == kWakeKey) {
        woken = true;
      } else {
        Dispatch(events[i].data.u64, events[i].events);
      }
    }
    if (woken && !RunTasks()) return;
    if (ticking_ && absl::Now() >= next_tick) {
      on_tick_();
      next_tick = absl::Now() + kTick;
    }
  }
}

}  // namespace keyhold
