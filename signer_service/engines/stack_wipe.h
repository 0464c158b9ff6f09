// Wipes what a library left on the stack.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_STACK_WIPE_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_STACK_WIPE_H_

#include <cstddef>

namespace keyhold {

// More than nettle and OpenSSL use for one signature.
constexpr size_t kWipedStackBytes = 16384;

// Overwrites the kWipedStackBytes of stack below the caller's frame: what the
// functions left there that the caller has called. Costs about 0.1 µs.
void WipeStackBelow();

// Calls WipeStackBelow at the end of its life. One that lives in the same
// function as the calls it follows.
class StackWiper {
 public:
  StackWiper() = default;
  StackWiper(const StackWiper&) = delete;
  StackWiper& operator=(const StackWiper&) = delete;
  ~StackWiper() { WipeStackBelow(); }
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_STACK_WIPE_H_
