#include "cli/doctor/program_output.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

TEST(ProgramOutputTest, OutputVariablesAndExitCode) {
  const auto output =
      RunProgram({"sh", "-c", "echo $GREETING; echo error >&2; exit 3"},
                 {{"GREETING", "hello"}}, absl::Seconds(60));
  ASSERT_THAT(output, IsOk());
  EXPECT_EQ(output->text, "hello\nerror\n");
  EXPECT_EQ(output->exit_code, 3);
}

TEST(ProgramOutputTest, ASignal) {
  const auto output =
      RunProgram({"sh", "-c", "kill -TERM $$"}, {}, absl::Seconds(60));
  ASSERT_THAT(output, IsOk());
  EXPECT_EQ(output->exit_code, -15);
}

TEST(ProgramOutputTest, NoSuchProgram) {
  EXPECT_THAT(RunProgram({"no-such-program"}, {}, absl::Seconds(60)).status(),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("cannot run no-such-program")));
}

TEST(ProgramOutputTest, WhatDoesNotEndIsKilled) {
  EXPECT_THAT(
      RunProgram({"sleep", "1000"}, {}, absl::Milliseconds(50)).status(),
      StatusIs(absl::StatusCode::kDeadlineExceeded,
               "sleep had not ended after 50ms"));
}

}  // namespace
}  // namespace keyhold
