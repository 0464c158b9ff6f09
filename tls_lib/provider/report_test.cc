#include "tls_lib/provider/report.h"

#include <string>

#include "gtest/gtest.h"
#include "openssl/err.h"
#include "tls_lib/base/openssl_error.h"

namespace keyhold::provider {
namespace {

TEST(ReportTest, OkIsOne) {
  EXPECT_EQ(Report(absl::OkStatus()), 1);
  EXPECT_EQ(ERR_peek_error(), 0);
}

TEST(ReportTest, AnErrorIsZeroAndInTheQueueWithAReason) {
  EXPECT_EQ(Report(absl::PermissionDeniedError("100% no")), 0);
  const unsigned long error = ERR_peek_error();
  EXPECT_STREQ(ERR_lib_error_string(error), "keyhold");
  EXPECT_STREQ(ERR_reason_error_string(error), "refused");
  EXPECT_NE(TakeOpensslErrors().find("100% no"), std::string::npos);
}

TEST(ReportTest, EveryCodeOfASignerHasAReason) {
  for (int code = 1; code <= 16; ++code) {
    Report(absl::Status(static_cast<absl::StatusCode>(code), "x"));
    const char* reason = ERR_reason_error_string(ERR_get_error());
    EXPECT_NE(reason, nullptr) << code;
  }
}

}  // namespace
}  // namespace keyhold::provider
