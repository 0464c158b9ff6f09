// The memory that a parked handshake stands on.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_FIBER_STACK_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_FIBER_STACK_H_

#include <cstddef>

#include "absl/types/span.h"

namespace keyhold::tls_internal {

// A stack of kSize bytes above a page that nothing may touch: a handshake that
// needs more ends the process there, rather than writing into others' memory.
// Only the pages that were used are resident: 8 KiB, as a P-256 server waits.
//
// Stacks are kept for reuse, as many as are in use and kSpare more, for all
// threads together: a burst of handshakes leaves nothing behind.
class FiberStack {
 public:
  static constexpr size_t kSize = 256 * 1024;
  static constexpr size_t kSpare = 64;

  // Empty if there is no memory. Thread-safe.
  FiberStack();
  ~FiberStack();
  FiberStack(const FiberStack&) = delete;
  FiberStack& operator=(const FiberStack&) = delete;

  absl::Span<char> bytes() const { return {base_, base_ ? kSize : 0}; }

  // How many there are just now. Thread-safe.
  static size_t InUse();
  static size_t Kept();

 private:
  char* base_;
};

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_FIBER_STACK_H_
