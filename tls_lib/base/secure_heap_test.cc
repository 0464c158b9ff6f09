#include "tls_lib/base/secure_heap.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/crypto.h"
#include "openssl/err.h"
#include "openssl/evp.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr size_t kHeapBytes = 65536;

// A secure heap is the process's: there is one test, in the order in which a
// process lives.
TEST(SecureHeapTest, BeforeItExistsAndUntilItIsFull) {
  ASSERT_EQ(CRYPTO_secure_malloc_initialized(), 0);
  EXPECT_FALSE(SecureHeapIsFull());
  {
    absl::StatusOr<SecretBytes> ordinary = SecretBytes::CopyOf("secret");
    ASSERT_THAT(ordinary, IsOk());
    EXPECT_EQ(CRYPTO_secure_allocated(ordinary->data()), 0);
  }

  ASSERT_NE(CRYPTO_secure_malloc_init(kHeapBytes, 16), 0);
  EXPECT_FALSE(SecureHeapIsFull());
  std::vector<SecretBytes> held;
  absl::StatusOr<SecretBytes> bytes = SecretBytes::CopyOf("secret");
  while (bytes.ok()) {
    EXPECT_EQ(CRYPTO_secure_allocated(bytes->data()), 1);
    held.push_back(*std::move(bytes));
    ASSERT_LE(held.size(), kHeapBytes / 512);
    bytes = SecretBytes::OfSize(512);
  }
  EXPECT_THAT(
      bytes,
      StatusIs(absl::StatusCode::kResourceExhausted,
               "cannot hold a secret of 512 bytes: the locked memory for "
               "private keys (OpenSSL's secure heap) is full; make it larger "
               "or load fewer keys"));
  EXPECT_TRUE(SecureHeapIsFull());
  EXPECT_EQ(ERR_peek_error(), 0u);

  ERR_raise(ERR_LIB_EVP, EVP_R_UNSUPPORTED_ALGORITHM);
  EXPECT_THAT(PrivateKeyOperationError("cannot sign"),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       StartsWith("cannot sign: the locked memory")));
  EXPECT_EQ(ERR_peek_error(), 0u);

  held.clear();
  EXPECT_FALSE(SecureHeapIsFull());
  EXPECT_EQ(CRYPTO_secure_used(), 0u);
  ERR_raise(ERR_LIB_EVP, EVP_R_UNSUPPORTED_ALGORITHM);
  EXPECT_THAT(PrivateKeyOperationError("cannot sign"),
              StatusIs(absl::StatusCode::kInternal,
                       AllOf(StartsWith("cannot sign: "),
                             HasSubstr("unsupported algorithm"))));
}

}  // namespace
}  // namespace keyhold
