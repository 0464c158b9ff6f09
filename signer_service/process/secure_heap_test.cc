#include "signer_service/process/secure_heap.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/crypto.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr size_t kMebibyte = 1 << 20;

// A process has one secure heap for good, so each test makes its own process.
// True if `test` returned true there.
bool InOwnProcess(const std::function<bool()>& test) {
  const pid_t child = fork();
  // _exit: a child has no business with the parent's exit handlers.
  if (child == 0) _exit(test() ? 0 : 1);
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

#define CHECK_HERE(condition)                                 \
  do {                                                        \
    if (!(condition)) {                                       \
      fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
      return false;                                           \
    }                                                         \
  } while (false)

// Root may lock what it likes; without capabilities the limit counts.
void ForbidLocking() {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {};
  syscall(SYS_capset, &header, none);
  const struct rlimit limit = {0, 0};
  setrlimit(RLIMIT_MEMLOCK, &limit);
}

TEST(SecureHeapReserveBytesTest, GrowsWithTheThreadsThatSign) {
  EXPECT_EQ(SecureHeapReserveBytes(0), kMebibyte / 2);
  EXPECT_EQ(SecureHeapReserveBytes(16), kMebibyte);
}

TEST(SecureHeapBytesForTest, HasRoomForTheKeysTwiceAndTheReserve) {
  EXPECT_EQ(SecureHeapBytesFor({}, 0), kMebibyte / 2);
  EXPECT_EQ(SecureHeapBytesFor({241}, 0), kMebibyte);
  EXPECT_EQ(SecureHeapBytesFor({}, 17), 2 * kMebibyte);
  // 10,000 PEM files of 241 bytes, in blocks of 256, and what engines keep.
  std::vector<size_t> sizes(10000, 241);
  EXPECT_EQ(SecureHeapBytesFor(sizes, 4), 8 * kMebibyte);
  EXPECT_GE(SecureHeapBytesFor(sizes, 4),
            2 * 10000 * (256 + 128) + SecureHeapReserveBytes(4));
}

TEST(SecureHeapTest, WithoutOneThereIsNoLimit) {
  EXPECT_TRUE(InOwnProcess([] {
    CHECK_HERE(GetSecureHeapState().bytes == 0);
    CHECK_HERE(GetSecureHeapState().warning.empty());
    CHECK_HERE(CheckSecureHeapReserve().ok());
    return true;
  }));
}

TEST(SecureHeapTest, HasTheNextPowerOfTwo) {
  EXPECT_TRUE(InOwnProcess([] {
    absl::StatusOr<SecureHeapState> state =
        CreateSecureHeap(kMebibyte - 100000, 1);
    CHECK_HERE(state.ok());
    CHECK_HERE(state->bytes == kMebibyte);
    CHECK_HERE(state->reserve == SecureHeapReserveBytes(1));
    CHECK_HERE(state->used == 0);
    CHECK_HERE(state->locked == state->warning.empty());
    void* secret = OPENSSL_secure_malloc(1000);
    CHECK_HERE(CRYPTO_secure_allocated(secret));
    CHECK_HERE(GetSecureHeapState().used == 1024);
    OPENSSL_secure_free(secret);
    CHECK_HERE(GetSecureHeapState().used == 0);
    return true;
  }));
}

TEST(SecureHeapTest, KeepsItsReserve) {
  EXPECT_TRUE(InOwnProcess([] {
    CHECK_HERE(CreateSecureHeap(kMebibyte, 0).ok());
    void* keys = OPENSSL_secure_malloc(kMebibyte / 2);
    CHECK_HERE(keys != nullptr);
    CHECK_HERE(CheckSecureHeapReserve().ok());
    void* one_more = OPENSSL_secure_malloc(1);
    CHECK_HERE(one_more != nullptr);
    absl::Status status = CheckSecureHeapReserve();
    CHECK_HERE(status.code() == absl::StatusCode::kResourceExhausted);
    const std::string expected =
        "refused: the load does not fit in the secure heap (524352 of 1048576 "
        "bytes are used, 524288 are kept for signing); set "
        "keys.secure_heap_bytes higher and restart, or remove keys";
    CHECK_HERE(status.message() == expected);
    return true;
  }));
}

TEST(SecureHeapTest, HasSizesThatItRefuses) {
  EXPECT_THAT(CreateSecureHeap(kMebibyte / 2, 0),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("524288 bytes are too few"),
                             HasSubstr("kept for signing"))));
  EXPECT_THAT(CreateSecureHeap(kMebibyte, 16),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("1048576 are kept for signing")));
  EXPECT_THAT(CreateSecureHeap(0, 0),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(CreateSecureHeap(size_t{1} << 40, 1),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("too many, at most 17179869184")));
}

TEST(SecureHeapTest, IsMadeOnce) {
  EXPECT_TRUE(InOwnProcess([] {
    CHECK_HERE(CreateSecureHeap(kMebibyte, 1).ok());
    absl::Status again = CreateSecureHeap(kMebibyte, 1).status();
    CHECK_HERE(again.code() == absl::StatusCode::kFailedPrecondition);
    return true;
  }));
}

TEST(SecureHeapTest, WarnsIfItIsNotLocked) {
  EXPECT_TRUE(InOwnProcess([] {
    ForbidLocking();
    absl::StatusOr<SecureHeapState> state = CreateSecureHeap(kMebibyte, 1);
    CHECK_HERE(state.ok());
    CHECK_HERE(!state->locked);
    const std::string expected =
        "the secure heap of 1048576 bytes is not locked in memory: private "
        "keys may be swapped out; raise RLIMIT_MEMLOCK (LimitMEMLOCK= in the "
        "service's unit, ulimit -l) to at least 1048576 bytes";
    CHECK_HERE(state->warning == expected);
    CHECK_HERE(GetSecureHeapState().warning == expected);
    return true;
  }));
}

}  // namespace
}  // namespace keyhold
