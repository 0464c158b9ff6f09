// A function that can stop in the middle and go on later.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_FIBER_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_FIBER_H_

#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"

namespace keyhold::tls_internal {

// libssl's callbacks cannot return "not yet" everywhere; a handshake that runs
// on a fiber can be left inside any of them, and be gone on with by another
// thread. Why not OpenSSL's own jobs: docs/decisions/handshake-fibers.md.
//
// One thread at a time, not always the same: what runs on the fiber must keep
// no address of a thread-local variable, and no lock, over Pause.
class Fiber {
 public:
  Fiber();
  // Not while it is paused: what is on its stack would never be destroyed.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs `body` on a stack of its own until it pauses or ends. False if there
  // is no memory for one; then `body` has not begun. Not while it is paused.
  bool Start(absl::AnyInvocable<void()> body);
  // Goes on after Pause, until the next one or the end.
  void Resume();
  // For `body` only: returns from Start or Resume, and here at the next Resume.
  void Pause();

  bool paused() const { return run_ != nullptr; }

 private:
  struct Run;

  void SwitchIn();
  static void Main(unsigned int high, unsigned int low);

  // Null unless it runs or is paused.
  std::unique_ptr<Run> run_;
};

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_FIBER_H_
