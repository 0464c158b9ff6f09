#include "signer_service/keys/problem_log.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/keys/test_folder.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ProblemLogTest : public testing::Test {
 protected:
  KeyProblem Problem(const std::string& name, const std::string& message) {
    return {KeyProblem::Severity::kError, folder_.PathOf(name), message};
  }

  // "message" or "message again" of each.
  std::vector<std::string> Take(std::vector<KeyProblem> problems) {
    std::vector<std::string> messages;
    for (const KeyProblem& problem : log_.Take(std::move(problems))) {
      messages.push_back(problem.message + (problem.repeated ? " again" : ""));
    }
    return messages;
  }

  TestFolder folder_;
  ProblemLog log_;
};

TEST_F(ProblemLogTest, SaysEachOnceAndInOrder) {
  EXPECT_THAT(Take({Problem("b", "x"), Problem("a", "z"), Problem("a", "y"),
                    Problem("b", "x")}),
              ElementsAre("y", "z", "x"));
}

TEST_F(ProblemLogTest, UnchangedFileIsRepeated) {
  folder_.Write("a", "bad");
  EXPECT_THAT(Take({Problem("a", "x")}), ElementsAre("x"));
  EXPECT_THAT(Take({Problem("a", "x")}), ElementsAre("x again"));
  EXPECT_THAT(Take({Problem("a", "x")}), ElementsAre("x again"));
}

TEST_F(ProblemLogTest, ChangedFileIsNew) {
  folder_.Write("a", "bad");
  Take({Problem("a", "x")});
  folder_.Write("a", "bad");
  EXPECT_THAT(Take({Problem("a", "x")}), ElementsAre("x"));
}

TEST_F(ProblemLogTest, AnotherMessageIsNew) {
  folder_.Write("a", "bad");
  Take({Problem("a", "x")});
  EXPECT_THAT(Take({Problem("a", "y")}), ElementsAre("y"));
}

TEST_F(ProblemLogTest, WhatWasGoneInBetweenIsNew) {
  folder_.Write("a", "bad");
  Take({Problem("a", "x")});
  EXPECT_THAT(Take({}), IsEmpty());
  EXPECT_THAT(Take({Problem("a", "x")}), ElementsAre("x"));
}

TEST_F(ProblemLogTest, ProblemWithoutAFileIsRepeatedToo) {
  std::vector<KeyProblem> problem = {
      {KeyProblem::Severity::kWarning, "", "setting"}};
  EXPECT_THAT(Take(problem), ElementsAre("setting"));
  EXPECT_THAT(Take(problem), ElementsAre("setting again"));
}

}  // namespace
}  // namespace keyhold
