#include "tls_lib/remote/policy_version.h"

#include <string>

#include "gtest/gtest.h"

namespace keyhold {
namespace {

TEST(PolicyVersionTest, ComesBackByteForByte) {
  const std::string version("\0\xff policy bytes ", 16);
  const absl::Status status =
      WithPolicyVersion(absl::PermissionDeniedError("no"), version);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(status.message(), "no");
  EXPECT_EQ(PolicyVersionOf(status), version);
}

TEST(PolicyVersionTest, EmptyWhereThereIsNone) {
  EXPECT_EQ(PolicyVersionOf(absl::OkStatus()), "");
  EXPECT_EQ(PolicyVersionOf(absl::NotFoundError("no")), "");
}

}  // namespace
}  // namespace keyhold
