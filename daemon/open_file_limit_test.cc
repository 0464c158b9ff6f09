#include "daemon/open_file_limit.h"

#include <sys/resource.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct rlimit Limit() {
  struct rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

class OpenFileLimitTest : public testing::Test {
 protected:
  void SetUp() override {
    before_ = Limit();
    const struct rlimit low = {600, before_.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  }
  void TearDown() override { setrlimit(RLIMIT_NOFILE, &before_); }

  struct rlimit before_ = {};
};

TEST_F(OpenFileLimitTest, EnoughStaysAsItIs) {
  EXPECT_THAT(EnsureOpenFileLimit(10), IsOk());
  EXPECT_EQ(Limit().rlim_cur, 600u);
}

TEST_F(OpenFileLimitTest, SoftLimitIsRaised) {
  EXPECT_THAT(EnsureOpenFileLimit(400), IsOk());
  EXPECT_EQ(Limit().rlim_cur, 912u);
  EXPECT_EQ(Limit().rlim_max, before_.rlim_max);
}

TEST_F(OpenFileLimitTest, HardLimitIsAnErrorThatSaysWhatToDo) {
  const size_t too_many = before_.rlim_max + 1;
  EXPECT_THAT(EnsureOpenFileLimit(too_many),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       AllOf(HasSubstr("LimitNOFILE="),
                             HasSubstr(std::to_string(too_many + 512)))));
  EXPECT_EQ(Limit().rlim_cur, 600u);
}

TEST_F(OpenFileLimitTest, SoftLimitIsRaisedToTheHardOne) {
  EXPECT_EQ(OpenFileLimit(), 600u);
  EXPECT_THAT(RaiseOpenFileLimit(), IsOk());
  EXPECT_EQ(Limit().rlim_cur, before_.rlim_max);
  EXPECT_EQ(OpenFileLimit(), before_.rlim_max);
}

}  // namespace
}  // namespace keyhold
