#include "tls_lib/agent/local_accounts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

TEST(LocalAccountsTest, NamesAndNumbers) {
  EXPECT_THAT(*FindUser("root"), 0u);
  EXPECT_THAT(*FindUser("4711"), 4711u);
  EXPECT_THAT(*FindGroup("root"), 0u);
  EXPECT_THAT(*FindGroup("4711"), 4711u);
}

TEST(LocalAccountsTest, WhatThisMachineDoesNotHave) {
  EXPECT_THAT(FindUser("no-such-user").status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "no user \"no-such-user\" on this machine"));
  EXPECT_THAT(FindGroup("no-such-group").status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "no group \"no-such-group\" on this machine"));
  EXPECT_THAT(FindUser("-1").status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(LocalAccountsTest, TheOverflowNumberIsNobodys) {
  EXPECT_THAT(FindUser("65534").status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("so it is nobody's; use another account")));
  EXPECT_THAT(FindUser("nobody").status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(FindGroup("65534").status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace keyhold
