#include "cli/doctor/openssl_conf_check.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/test_folder.h"

namespace keyhold {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kHead[] =
    "openssl_conf = init\n[init]\nproviders = list\n[ours]\n"
    "module = /opt/keyhold.so\nactivate = 1\n[standard]\nactivate = 1\n";

class OpensslConfCheckTest : public testing::Test {
 protected:
  OpensslConfFindings Check(const std::string& text) const {
    return CheckOpensslConf(folder_.Write("openssl.cnf", text));
  }
  // The only finding, a fault.
  std::string FaultOf(const std::string& text) const {
    const OpensslConfFindings result = Check(text);
    EXPECT_THAT(result.findings, SizeIs(1));
    EXPECT_EQ(result.findings[0].state, Finding::State::kFault);
    EXPECT_NE(result.findings[0].advice, "");
    return result.findings[0].what;
  }

  const TestFolder folder_;
};

TEST_F(OpensslConfCheckTest, AGoodOne) {
  const OpensslConfFindings result = Check(
      absl::StrCat(kHead, "[list]\ndefault = standard\nkeyhold = ours\n"));
  ASSERT_THAT(result.findings, SizeIs(1));
  EXPECT_EQ(result.findings[0].state, Finding::State::kGood);
  EXPECT_THAT(result.findings[0].what,
              HasSubstr("activates the default provider and keyhold"));
  EXPECT_EQ(result.module, "/opt/keyhold.so");
}

TEST_F(OpensslConfCheckTest, WhatIncludesBringCounts) {
  const std::string rest = folder_.Write(
      "rest.cnf",
      absl::StrCat(kHead, "[list]\ndefault = standard\nkeyhold = ours\n"));
  EXPECT_EQ(Check(absl::StrCat(".include ", rest, "\n")).findings[0].state,
            Finding::State::kGood);
}

TEST_F(OpensslConfCheckTest, AModuleByNameIsInOpensslsFolder) {
  const OpensslConfFindings result = Check(
      "openssl_conf = init\n[init]\nproviders = list\n[list]\ndefault = s\n"
      "keyhold = ours\n[s]\nactivate = 1\n[ours]\nactivate = yes\n");
  EXPECT_EQ(result.findings[0].state, Finding::State::kGood);
  EXPECT_THAT(result.module, EndsWith("/ossl-modules/keyhold.so"));
}

TEST_F(OpensslConfCheckTest, TheMistakesThatAreEasilyMade) {
  EXPECT_THAT(CheckOpensslConf(folder_.PathOf("none.cnf")).findings[0].what,
              HasSubstr("No such file"));
  EXPECT_THAT(FaultOf("[unfinished\n"), HasSubstr("openssl.cnf:1: "));
  EXPECT_THAT(FaultOf("[init]\nopenssl_conf = init\n"),
              HasSubstr("has no line openssl_conf = SECTION"));
  EXPECT_THAT(FaultOf("openssl_conf = init\n[init]\n# providers = list\n"),
              HasSubstr("has no line providers = SECTION"));
  EXPECT_THAT(FaultOf(absl::StrCat(kHead, "[list]\ndefault = standard\n")),
              HasSubstr("keyhold is not in the list"));
  EXPECT_THAT(FaultOf(absl::StrCat(kHead, "[list]\nkeyhold = ours\n")),
              HasSubstr("the default provider is not activated"));
  EXPECT_THAT(FaultOf(absl::StrCat(
                  kHead, "[list]\nkeyhold = ours\ndefault = standard\n")),
              HasSubstr("keyhold stands before the default provider"));
  EXPECT_THAT(
      FaultOf(absl::StrCat(kHead,
                           "[off]\nmodule = keyhold.so\n[list]\ndefault "
                           "= standard\nkeyhold = off\n")),
      HasSubstr("[off] does not have the line activate = 1"));
}

TEST_F(OpensslConfCheckTest, TheOrderPlaysNoPartIfTheDefaultIsPreferred) {
  const OpensslConfFindings result = Check(
      "openssl_conf = init\n[init]\nproviders = list\nalg_section = "
      "alg\n[alg]\n"
      "default_properties = ?provider=default\n[list]\nkeyhold = o\n"
      "default = s\n[s]\nactivate = 1\n[o]\nactivate = 1\n");
  EXPECT_EQ(result.findings[0].state, Finding::State::kGood);
}

}  // namespace
}  // namespace keyhold
