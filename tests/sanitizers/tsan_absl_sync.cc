// Tells the thread sanitizer what Abseil's locks do.
//
// Debian's libabsl is not built with the sanitizer, so without this every
// member that an absl::Mutex guards would be reported as a race. Linked into
// every program under --config=tsan, ahead of libabsl: the functions below
// are called instead of those of the same name there, also by gRPC, whose
// own locks are Abseil's.
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "absl/status/status.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace {

// Mangled names in Debian's inline namespace.
#define KEYHOLD_MUTEX "_ZN4absl7debian35Mutex"
#define KEYHOLD_NOTIFICATION "_ZNK4absl7debian312Notification"

// The function of this name in libabsl.
template <typename Function>
Function* Real(const char* name) {
  void* const found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) {
    std::fprintf(stderr, "no %s in libabsl\n", name);
    std::abort();
  }
  return reinterpret_cast<Function*>(found);
}

// Between construction and destruction the sanitizer looks at nothing: what
// happens there is the lock's own business, conditions included, which
// Abseil evaluates while the lock is held.
class Locking {
 public:
  Locking(Mutex* mutex, unsigned flags) : mutex_(mutex), flags_(flags) {
    __tsan_mutex_pre_lock(mutex_, flags_);
  }
  ~Locking() {
    __tsan_mutex_post_lock(
        mutex_, flags_ | (got_it_ ? 0 : __tsan_mutex_try_lock_failed), 0);
  }
  bool Result(bool got_it) { return got_it_ = got_it; }

 private:
  Mutex* const mutex_;
  const unsigned flags_;
  bool got_it_ = true;
};

class Unlocking {
 public:
  Unlocking(Mutex* mutex, unsigned flags) : mutex_(mutex), flags_(flags) {
    __tsan_mutex_pre_unlock(mutex_, flags_);
  }
  ~Unlocking() { __tsan_mutex_post_unlock(mutex_, flags_); }

 private:
  Mutex* const mutex_;
  const unsigned flags_;
};

// A wait gives the lock up and takes it again.
class Waiting {
 public:
  explicit Waiting(Mutex* mutex) : mutex_(mutex) {
    __tsan_mutex_pre_unlock(mutex_, 0);
    __tsan_mutex_post_unlock(mutex_, 0);
    __tsan_mutex_pre_lock(mutex_, 0);
  }
  ~Waiting() { __tsan_mutex_post_lock(mutex_, 0, 0); }

 private:
  Mutex* const mutex_;
};

}  // namespace

// The forms with a timeout call those with a deadline, and so come here too.
Mutex::~Mutex() {
  static const auto real = Real<void(Mutex*)>(KEYHOLD_MUTEX "D1Ev");
  __tsan_mutex_destroy(this, __tsan_mutex_linker_init);
  real(this);
}

void Mutex::Lock() {
  static const auto real = Real<void(Mutex*)>(KEYHOLD_MUTEX "4LockEv");
  const Locking locking(this, 0);
  real(this);
}

void Mutex::Unlock() {
  static const auto real = Real<void(Mutex*)>(KEYHOLD_MUTEX "6UnlockEv");
  const Unlocking unlocking(this, 0);
  real(this);
}

bool Mutex::ReaderTryLock() {
  static const auto real =
      Real<bool(Mutex*)>(KEYHOLD_MUTEX "13ReaderTryLockEv");
  Locking locking(this, __tsan_mutex_read_lock | __tsan_mutex_try_lock);
  return locking.Result(real(this));
}

bool Mutex::TryLock() {
  static const auto real = Real<bool(Mutex*)>(KEYHOLD_MUTEX "7TryLockEv");
  Locking locking(this, __tsan_mutex_try_lock);
  return locking.Result(real(this));
}

void Mutex::ReaderLock() {
  static const auto real = Real<void(Mutex*)>(KEYHOLD_MUTEX "10ReaderLockEv");
  const Locking locking(this, __tsan_mutex_read_lock);
  real(this);
}

void Mutex::ReaderUnlock() {
  static const auto real = Real<void(Mutex*)>(KEYHOLD_MUTEX "12ReaderUnlockEv");
  const Unlocking unlocking(this, __tsan_mutex_read_lock);
  real(this);
}

void Mutex::LockWhen(const Condition& condition) {
  static const auto real = Real<void(Mutex*, const Condition&)>(
      KEYHOLD_MUTEX "8LockWhenERKNS0_9ConditionE");
  const Locking locking(this, 0);
  real(this, condition);
}

bool Mutex::LockWhenWithDeadline(const Condition& condition, Time deadline) {
  static const auto real = Real<bool(Mutex*, const Condition&, Time)>(
      KEYHOLD_MUTEX "20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  const Locking locking(this, 0);
  return real(this, condition, deadline);
}

void Mutex::Await(const Condition& condition) {
  static const auto real = Real<void(Mutex*, const Condition&)>(
      KEYHOLD_MUTEX "5AwaitERKNS0_9ConditionE");
  const Waiting waiting(this);
  real(this, condition);
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static const auto real = Real<bool(Mutex*, const Condition&, Time)>(
      KEYHOLD_MUTEX "17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  const Waiting waiting(this);
  return real(this, condition, deadline);
}

void CondVar::Wait(Mutex* mutex) {
  static const auto real = Real<void(CondVar*, Mutex*)>(
      "_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE");
  const Waiting waiting(mutex);
  real(this, mutex);
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static const auto real = Real<bool(CondVar*, Mutex*, Time)>(
      "_ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  const Waiting waiting(mutex);
  return real(this, mutex, deadline);
}

// The count of references is libabsl's own: whoever gives up the last one
// comes after all others. One lock for each of many groups of statuses: a
// single one would order threads that have nothing to do with each other.
void Status::UnrefNonInlined(uintptr_t rep) {
  static const auto real =
      Real<void(uintptr_t)>("_ZN4absl7debian36Status15UnrefNonInlinedEm");
  static auto* const mutexes = new std::array<std::mutex, 1024>;
  // Representations are allocated: their low bits say nothing.
  const std::lock_guard<std::mutex> lock((*mutexes)[(rep >> 4) % 1024]);
  real(rep);
}

void Notification::Notify() {
  static const auto real =
      Real<void(Notification*)>("_ZN4absl7debian312Notification6NotifyEv");
  __tsan_release(this);
  real(this);
}

void Notification::WaitForNotification() const {
  static const auto real = Real<void(const Notification*)>(
      KEYHOLD_NOTIFICATION "19WaitForNotificationEv");
  real(this);
  __tsan_acquire(const_cast<Notification*>(this));
}

bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  static const auto real = Real<bool(const Notification*, Duration)>(
      KEYHOLD_NOTIFICATION "30WaitForNotificationWithTimeoutENS0_8DurationE");
  const bool notified = real(this, timeout);
  if (notified) __tsan_acquire(const_cast<Notification*>(this));
  return notified;
}

bool Notification::WaitForNotificationWithDeadline(Time deadline) const {
  static const auto real = Real<bool(const Notification*, Time)>(
      KEYHOLD_NOTIFICATION "31WaitForNotificationWithDeadlineENS0_4TimeE");
  const bool notified = real(this, deadline);
  if (notified) __tsan_acquire(const_cast<Notification*>(this));
  return notified;
}

bool BlockingCounter::DecrementCount() {
  static const auto real = Real<bool(BlockingCounter*)>(
      "_ZN4absl7debian315BlockingCounter14DecrementCountEv");
  __tsan_release(this);
  return real(this);
}

void BlockingCounter::Wait() {
  static const auto real =
      Real<void(BlockingCounter*)>("_ZN4absl7debian315BlockingCounter4WaitEv");
  real(this);
  __tsan_acquire(this);
}

ABSL_NAMESPACE_END
}  // namespace absl
