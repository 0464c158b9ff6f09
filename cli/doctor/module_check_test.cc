#include "cli/doctor/module_check.h"

#include <sys/stat.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/test_folder.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kDefault[] =
    "  default\n    name: OpenSSL Default Provider\n    status: active\n";
constexpr char kOurs[] = "  keyhold\n    name: Keyhold\n    status: active\n";

// With an `openssl` that prints what it is told to.
class ModuleCheckTest : public testing::Test {
 protected:
  ModuleCheckTest() { setenv("PATH", Path().c_str(), 1); }

  std::string Path() const {
    return absl::StrCat(folder_.path(), ":", std::getenv("PATH"));
  }
  // What it finds where openssl prints this.
  Finding Check(const std::string& listing, int exit_code = 0) const {
    const std::string program = folder_.Write(
        "openssl",
        absl::StrCat("#!/bin/sh\ntest \"$OPENSSL_CONF\" = the.cnf || "
                     "exit 9\ncat <<END\nProviders:\n",
                     listing, "END\nexit ", exit_code, "\n"));
    chmod(program.c_str(), 0755);
    const std::vector<Finding> findings = CheckModule("", "the.cnf");
    EXPECT_THAT(findings, SizeIs(1));
    return findings[0];
  }

  const TestFolder folder_;
};

TEST_F(ModuleCheckTest, WhatOpensslLists) {
  EXPECT_EQ(Check(absl::StrCat(kDefault, kOurs)).state, Finding::State::kGood);
  EXPECT_THAT(Check(kDefault).what, HasSubstr("does not load keyhold"));
  EXPECT_THAT(Check(kOurs).what, HasSubstr("not its own default provider"));
  EXPECT_THAT(Check(absl::StrCat(kDefault, kOurs), 1).what,
              HasSubstr("does not load keyhold"));
  const Finding inactive = Check(absl::StrCat(
      kDefault, "  keyhold\n    name: Keyhold\n    status: inactive\n"));
  EXPECT_EQ(inactive.state, Finding::State::kFault);
  EXPECT_EQ(inactive.advice,
            "run OPENSSL_CONF=the.cnf openssl list -providers");
}

TEST_F(ModuleCheckTest, TheFileItself) {
  EXPECT_THAT(CheckModule(folder_.PathOf("none.so"), "the.cnf")[0].what,
              HasSubstr("none.so: No such file"));
  const std::string module = folder_.Write("keyhold.so", "x");
  chmod(module.c_str(), 0666);
  EXPECT_THAT(CheckModule(module, "the.cnf")[0].what,
              HasSubstr("run code in every server"));
}

}  // namespace
}  // namespace keyhold
