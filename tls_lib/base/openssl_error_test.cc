#include "tls_lib/base/openssl_error.h"

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/err.h"
#include "openssl/evp.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

TEST(TakeOpensslErrorsTest, EmptyQueue) {
  ERR_clear_error();
  EXPECT_EQ(TakeOpensslErrors(), "no OpenSSL error");
}

TEST(TakeOpensslErrorsTest, OldestFirstWithData) {
  ERR_clear_error();
  ERR_raise(ERR_LIB_EVP, EVP_R_UNSUPPORTED_ALGORITHM);
  ERR_raise_data(ERR_LIB_EVP, EVP_R_BAD_DECRYPT, "while trying %d", 7);
  EXPECT_THAT(TakeOpensslErrors(),
              MatchesRegex(".*unsupported algorithm; .*bad decrypt.*"
                           "\\(while trying 7\\)"));
}

TEST(TakeOpensslErrorsTest, EmptiesTheQueue) {
  ERR_raise(ERR_LIB_EVP, EVP_R_BAD_DECRYPT);
  TakeOpensslErrors();
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(OpensslErrorTest, HasCodeAndText) {
  ERR_clear_error();
  ERR_raise(ERR_LIB_EVP, EVP_R_BAD_DECRYPT);
  EXPECT_THAT(OpensslError(absl::StatusCode::kInternal, "cannot open the box"),
              StatusIs(absl::StatusCode::kInternal,
                       AllOf(StartsWith("cannot open the box: "),
                             HasSubstr("bad decrypt"))));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(TakeOpensslErrorsTest, QueueIsTheThreadsOwn) {
  ERR_clear_error();
  std::thread other([] { ERR_raise(ERR_LIB_EVP, EVP_R_BAD_DECRYPT); });
  other.join();
  EXPECT_EQ(TakeOpensslErrors(), "no OpenSSL error");
}

}  // namespace
}  // namespace keyhold
