#include "signer_service/process/secure_heap.h"

#include <algorithm>
#include <atomic>

#include "absl/numeric/bits.h"
#include "absl/strings/str_cat.h"
#include "openssl/crypto.h"
#include "tls_lib/base/openssl_error.h"

namespace keyhold {

namespace {

// OpenSSL's buddy allocator hands out blocks of a power of two, at least this.
constexpr size_t kSmallestBlock = 64;
constexpr size_t kMaxHeapBytes = size_t{16} << 30;
constexpr size_t kBaseReserveBytes = 512 * 1024;
// Measured: 29 KB.
constexpr size_t kReserveBytesPerThread = 32 * 1024;
// What an engine keeps of a key besides OpenSSL's numbers: at most 64 bytes.
constexpr size_t kEngineBytesPerKey = 128;

// OpenSSL does not tell the size of its heap.
std::atomic<size_t> heap_bytes{0};
std::atomic<size_t> heap_reserve{0};
std::atomic<bool> heap_locked{false};

absl::Status HeapTooSmall(size_t bytes, size_t reserve) {
  return absl::InvalidArgumentError(
      absl::StrCat("secure heap: ", bytes, " bytes are too few: ", reserve,
                   " are kept for signing, and the keys come on top"));
}

absl::Status HeapTooLarge(size_t bytes) {
  return absl::InvalidArgumentError(absl::StrCat(
      "secure heap: ", bytes, " bytes are too many, at most ", kMaxHeapBytes));
}

absl::Status HeapExists() {
  return absl::FailedPreconditionError(
      "secure heap: this process has one already, and its size is fixed");
}

absl::Status LoadDoesNotFit(size_t used, size_t total, size_t reserve) {
  return absl::ResourceExhaustedError(absl::StrCat(
      "refused: the load does not fit in the secure heap (", used, " of ",
      total, " bytes are used, ", reserve,
      " are kept for signing); set keys.secure_heap_bytes higher and restart, "
      "or remove keys"));
}

std::string NotLockedWarning(size_t bytes) {
  return absl::StrCat(
      "the secure heap of ", bytes,
      " bytes is not locked in memory: private keys may be swapped out; raise "
      "RLIMIT_MEMLOCK (LimitMEMLOCK= in the service's unit, ulimit -l) to at "
      "least ",
      bytes, " bytes");
}

}  // namespace

size_t SecureHeapReserveBytes(size_t signing_threads) {
  return kBaseReserveBytes + signing_threads * kReserveBytesPerThread;
}

size_t SecureHeapBytesFor(absl::Span<const size_t> key_file_bytes,
                          size_t signing_threads) {
  size_t keys = 0;
  // A key's private numbers in memory never take more than its file: DER and
  // PEM hold them all, once.
  for (size_t bytes : key_file_bytes) {
    keys +=
        std::max(absl::bit_ceil(bytes), kSmallestBlock) + kEngineBytesPerKey;
  }
  return absl::bit_ceil(2 * keys + SecureHeapReserveBytes(signing_threads));
}

absl::StatusOr<SecureHeapState> CreateSecureHeap(size_t bytes,
                                                 size_t signing_threads) {
  if (bytes > kMaxHeapBytes) return HeapTooLarge(bytes);
  bytes = absl::bit_ceil(bytes);
  const size_t reserve = SecureHeapReserveBytes(signing_threads);
  if (bytes <= reserve) return HeapTooSmall(bytes, reserve);
  if (CRYPTO_secure_malloc_initialized()) return HeapExists();
  // 1: done. 2: done, but not locked, or without its guard pages.
  const int result = CRYPTO_secure_malloc_init(bytes, kSmallestBlock);
  if (result == 0) {
    return OpensslError(absl::StatusCode::kInternal,
                        absl::StrCat("secure heap of ", bytes, " bytes"));
  }
  heap_bytes = bytes;
  heap_reserve = reserve;
  heap_locked = result == 1;
  return GetSecureHeapState();
}

SecureHeapState GetSecureHeapState() {
  SecureHeapState state;
  state.bytes = heap_bytes;
  if (state.bytes == 0) return state;
  state.used = CRYPTO_secure_used();
  state.reserve = heap_reserve;
  state.locked = heap_locked;
  if (!state.locked) state.warning = NotLockedWarning(state.bytes);
  return state;
}

absl::Status CheckSecureHeapReserve() {
  const size_t total = heap_bytes;
  if (total == 0) return absl::OkStatus();
  const size_t used = CRYPTO_secure_used();
  const size_t reserve = heap_reserve;
  if (used + reserve > total) {
    return LoadDoesNotFit(used, total, reserve);
  }
  return absl::OkStatus();
}

}  // namespace keyhold
