// The policy part of the configuration.
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/config/settings_test_files.h"
#include "signer_service/config/signer_settings.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class PolicySettingsTest : public testing::Test {
 protected:
  // `rules` stand on line 6 and after, indented by four.
  absl::StatusOr<SignerSettings> Parse(const std::string& rules) {
    return SignerSettings::Parse(files_.config(), absl::StrCat(R"(listen:
  unix: [{path: /run/keyhold.sock}]
keys: {directories: [keys]}
policy:
  rules:
)",
                                                               rules));
  }
  std::string Fault(const std::string& rules) {
    const absl::Status status = Parse(rules).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << rules;
    return absl::StrReplaceAll(status.message(), {{files_.Path(""), ""}});
  }

  SettingsTestFiles files_;
};

TEST_F(PolicySettingsTest, ReadsARule) {
  const absl::StatusOr<SignerSettings> settings = Parse(R"(
    - name: web
      identities: ["spiffe://example.org/web/*", "uid:33"]
      keys: [www, "site-*"]
      usages: [tls13_server]
      schemes: [ed25519]
      server_names: ["www.example.org", "*.example.net"]
)");
  ASSERT_THAT(settings, IsOk());
  ASSERT_THAT(settings->rules(), SizeIs(1));
  const PolicyRule& rule = settings->rules()[0];
  EXPECT_EQ(rule.name, "web");
  ASSERT_THAT(rule.identities, SizeIs(2));
  EXPECT_TRUE(rule.identities[1].Matches(Identity::FromUid(33)));
  ASSERT_THAT(rule.keys, SizeIs(2));
  EXPECT_TRUE(rule.keys[1].Matches("site-7"));
  ASSERT_TRUE(rule.usages.has_value());
  EXPECT_EQ(rule.usages->ToString(), "tls13_server");
  EXPECT_EQ(rule.schemes.ToString(), "ed25519");
  ASSERT_THAT(rule.server_names, SizeIs(2));
  EXPECT_TRUE(rule.server_names[1].Matches("a.example.net"));
}

TEST_F(PolicySettingsTest, WhatIsLeftOutHasItsDefault) {
  const absl::StatusOr<SignerSettings> settings =
      Parse("    - {identities: ['*'], keys: ['*']}\n");
  ASSERT_THAT(settings, IsOk());
  const PolicyRule& rule = settings->rules()[0];
  EXPECT_EQ(rule.usages, std::nullopt);
  EXPECT_EQ(rule.schemes, SchemeSet::All());
  EXPECT_THAT(rule.server_names, SizeIs(0));
}

TEST_F(PolicySettingsTest, RuleWithoutIdentitiesOrKeys) {
  EXPECT_EQ(Fault("    - {name: a, identities: []}\n"),
            "signer.yaml:6:17: policy.rules[0].identities: required: at least "
            "one identity\n"
            "signer.yaml:6:7: policy.rules[0].keys: required: at least one "
            "key");
}

TEST_F(PolicySettingsTest, DuplicateIdentity) {
  EXPECT_EQ(
      Fault("    - identities: ['dns:Web', 'uid:1', 'dns:web']\n"
            "      keys: [a]\n"),
      "signer.yaml:6:40: policy.rules[0].identities[2]: duplicate identity: "
      "the same as policy.rules[0].identities[0]");
}

TEST_F(PolicySettingsTest, TwoRulesOfOneName) {
  EXPECT_EQ(Fault("    - {name: a, identities: ['*'], keys: [a]}\n"
                  "    - {name: a, identities: ['*'], keys: [b]}\n"),
            "signer.yaml:7:8: policy.rules[1].name: two rules are called "
            "\"a\"");
}

TEST_F(PolicySettingsTest, PatternsThatDoNotParse) {
  EXPECT_EQ(
      Fault("    - identities: [root, 'uid:-1', 'spiffe://exam*']\n"
            "      keys: ['*a']\n"
            "      server_names: ['a..b']\n"),
      "signer.yaml:6:20: policy.rules[0].identities[0]: \"root\": expected "
      "spiffe://TRUST-DOMAIN/PATH, dns:NAME, cn:NAME, uid:NUMBER or \"*\"\n"
      "signer.yaml:6:26: policy.rules[0].identities[1]: \"uid:-1\": expected "
      "uid:NUMBER, or uid:* for every local caller\n"
      "signer.yaml:6:36: policy.rules[0].identities[2]: \"spiffe://exam*\": "
      "expected the whole trust domain and a \"/\" before any \"*\": "
      "spiffe://example.org/*\n"
      "signer.yaml:7:14: policy.rules[0].keys[0]: \"*a\": \"*\" may only stand "
      "at the end\n"
      "signer.yaml:8:22: policy.rules[0].server_names[0]: \"a..b\": a DNS name "
      "has no empty label and no final dot");
}

TEST_F(PolicySettingsTest, UnknownUsageAndScheme) {
  EXPECT_EQ(Fault("    - identities: ['*']\n"
                  "      keys: [a]\n"
                  "      usages: [decrypt]\n"),
            "signer.yaml:8:16: policy.rules[0].usages[0]: unknown value "
            "\"decrypt\"; allowed: tls13_server, tls12_server, tls13_client, "
            "tls12_client, digest, message, csr, self_signed, "
            "delegated_credential");
  EXPECT_EQ(Fault("    - identities: ['*']\n"
                  "      keys: [a]\n"
                  "      schemes: [md5]\n"),
            "signer.yaml:8:17: policy.rules[0].schemes[0]: " +
                std::string(ParseSchemeName("md5").status().message()));
}

TEST_F(PolicySettingsTest, WarnsAboutOracles) {
  const absl::StatusOr<SignerSettings> settings = Parse(
      "    - identities: ['uid:0']\n"
      "      keys: [a]\n"
      "      usages: [tls13_server, digest, message]\n");
  ASSERT_THAT(settings, IsOk());
  const std::string because =
      "lets whoever holds one of these identities have anything signed with "
      "these keys, not only TLS handshakes";
  EXPECT_THAT(
      settings->warnings(),
      ElementsAre(absl::StrCat(files_.config(),
                               ":8:30: policy.rules[0].usages[1]: \"digest\" ",
                               because),
                  absl::StrCat(files_.config(),
                               ":8:38: policy.rules[0].usages[2]: \"message\" ",
                               because)));
}

}  // namespace
}  // namespace keyhold
