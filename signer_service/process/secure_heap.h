// OpenSSL's secure heap: locked memory, not in core dumps, where private
// numbers live. A process has at most one, of a fixed size, made before the
// first key is read.
//
// Once it is full every signature fails, since signing takes temporaries from
// it. So part of it is a reserve that loading keys never touches.
#ifndef KEYHOLD_SIGNER_SERVICE_PROCESS_SECURE_HEAP_H_
#define KEYHOLD_SIGNER_SERVICE_PROCESS_SECURE_HEAP_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace keyhold {

// Bytes kept for signing on this many threads, and for one key while it is
// read. A thread keeps its random generator and the scratch numbers of P-256
// batches.
size_t SecureHeapReserveBytes(size_t signing_threads);

// How large a heap for key files of these sizes should be: room for them, for
// as many again (a reload holds both), and for the reserve. A power of two.
size_t SecureHeapBytesFor(absl::Span<const size_t> key_file_bytes,
                          size_t signing_threads);

struct SecureHeapState {
  // What the heap has, a power of two. 0: there is none.
  size_t bytes = 0;
  size_t used = 0;
  // Of `bytes`, what loading keys leaves free.
  size_t reserve = 0;
  // False if the operating system would not lock it: keys may be swapped out.
  bool locked = false;
  // What the operator should be told; empty if all is well.
  std::string warning;
};

// Makes the process's secure heap. `bytes` is rounded up to a power of two.
// Its reserve is that of `signing_threads`. Call once, before any key is read
// and any thread is started.
//
// InvalidArgument: too small for the reserve, or more than 16 GiB.
// FailedPrecondition: there is one already. Internal: OpenSSL could not
// make one.
absl::StatusOr<SecureHeapState> CreateSecureHeap(size_t bytes,
                                                 size_t signing_threads);

// Thread-safe.
SecureHeapState GetSecureHeapState();

// OK if what is in the heap leaves its reserve free, or if there is no secure
// heap. Else ResourceExhausted: says that the load is refused, and what to
// change. Ask after a key was read, and drop the key if it is not OK.
//
// Thread-safe.
absl::Status CheckSecureHeapReserve();

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_PROCESS_SECURE_HEAP_H_
