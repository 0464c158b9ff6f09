#include "tls_lib/tls/internal/fiber.h"

#include <ucontext.h>

#include <cstdint>
#include <cstdlib>

#include "tls_lib/tls/internal/fiber_stack.h"

// The sanitizers have to be told of a change of stacks; null without them.
extern "C" {
[[gnu::weak]] void* __tsan_get_current_fiber();
[[gnu::weak]] void* __tsan_create_fiber(unsigned int flags);
[[gnu::weak]] void __tsan_destroy_fiber(void* fiber);
[[gnu::weak]] void __tsan_switch_to_fiber(void* fiber, unsigned int flags);
[[gnu::weak]] void __sanitizer_start_switch_fiber(void** save,
                                                  const void* bottom,
                                                  size_t size);
[[gnu::weak]] void __sanitizer_finish_switch_fiber(void* save,
                                                   const void** old_bottom,
                                                   size_t* old_size);
}

namespace keyhold::tls_internal {
namespace {

// What the sanitizers know of one stack.
struct SanitizerStack {
  const void* bottom = nullptr;
  size_t size = 0;
  void* fake_stack = nullptr;
  void* tsan_fiber = nullptr;
};

// Before leaving `from` for `to`; `last` if `from` is never entered again.
void BeforeSwitch(SanitizerStack& from, const SanitizerStack& to, bool last) {
  if (__sanitizer_start_switch_fiber != nullptr) {
    __sanitizer_start_switch_fiber(last ? nullptr : &from.fake_stack, to.bottom,
                                   to.size);
  }
  if (__tsan_switch_to_fiber != nullptr) {
    __tsan_switch_to_fiber(to.tsan_fiber, 0);
  }
}

// After entering `self`; writes down where the thread came from.
void AfterSwitch(const SanitizerStack& self, SanitizerStack* from) {
  if (__sanitizer_finish_switch_fiber == nullptr) return;
  const void* bottom = nullptr;
  size_t size = 0;
  __sanitizer_finish_switch_fiber(self.fake_stack, &bottom, &size);
  if (from == nullptr) return;
  from->bottom = bottom;
  from->size = size;
}

}  // namespace

struct Fiber::Run {
  FiberStack stack;
  absl::AnyInvocable<void()> body;
  bool ended = false;
  ucontext_t here;    // the fiber's, while it is paused
  ucontext_t caller;  // its thread's, while it runs
  SanitizerStack own;
  SanitizerStack callers;
};

Fiber::Fiber() = default;

Fiber::~Fiber() {
  if (run_ != nullptr) abort();
}

bool Fiber::Start(absl::AnyInvocable<void()> body) {
  run_ = std::make_unique<Run>();
  absl::Span<char> bytes = run_->stack.bytes();
  if (bytes.empty() || getcontext(&run_->here) != 0) {
    run_.reset();
    return false;
  }
  run_->body = std::move(body);
  run_->own.bottom = bytes.data();
  run_->own.size = bytes.size();
  if (__tsan_create_fiber != nullptr) {
    run_->own.tsan_fiber = __tsan_create_fiber(0);
  }
  run_->here.uc_stack.ss_sp = bytes.data();
  run_->here.uc_stack.ss_size = bytes.size();
  run_->here.uc_link = nullptr;
  // makecontext passes ints only.
  const auto self = reinterpret_cast<uintptr_t>(this);
  makecontext(&run_->here, reinterpret_cast<void (*)()>(&Fiber::Main), 2,
              static_cast<unsigned int>(uint64_t{self} >> 32),
              static_cast<unsigned int>(self));
  SwitchIn();
  return true;
}

void Fiber::Resume() { SwitchIn(); }

void Fiber::SwitchIn() {
  Run* run = run_.get();
  if (__tsan_get_current_fiber != nullptr) {
    run->callers.tsan_fiber = __tsan_get_current_fiber();
  }
  BeforeSwitch(run->callers, run->own, false);
  swapcontext(&run->caller, &run->here);
  AfterSwitch(run->callers, nullptr);
  if (!run->ended) return;
  if (__tsan_destroy_fiber != nullptr) {
    __tsan_destroy_fiber(run->own.tsan_fiber);
  }
  run_.reset();
}

void Fiber::Pause() {
  Run* run = run_.get();
  BeforeSwitch(run->own, run->callers, false);
  swapcontext(&run->here, &run->caller);
  AfterSwitch(run->own, &run->callers);
}

void Fiber::Main(unsigned int high, unsigned int low) {
  auto self = reinterpret_cast<Fiber*>(
      static_cast<uintptr_t>(uint64_t{high} << 32 | low));
  Run* run = self->run_.get();
  AfterSwitch(run->own, &run->callers);
  run->body();
  run->body = nullptr;
  run->ended = true;
  BeforeSwitch(run->own, run->callers, true);
  setcontext(&run->caller);
}

}  // namespace keyhold::tls_internal
