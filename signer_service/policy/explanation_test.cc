#include "signer_service/policy/explanation.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/policy/policy_test_input.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

PolicyQuestion Question(const std::string& caller, const std::string& key,
                        signer::v1::Usage usage) {
  PolicyQuestion question;
  question.identity = CallerOf(caller);
  question.key_id = key;
  question.roles = RoleSet::ServerOnly();
  question.usage = usage;
  return question;
}

std::vector<std::string> Verdicts(const PolicyExplanation& explanation) {
  std::vector<std::string> verdicts;
  for (const RuleVerdict& rule : explanation.rules) {
    verdicts.push_back(rule.rule + " " + rule.why);
  }
  return verdicts;
}

TEST(ExplanationTest, SaysWhatEachRuleHasToDoWithIt) {
  std::vector<PolicyRule> rules = SiteRules();
  rules[1].name = "admin site";
  PolicyQuestion question =
      Question("web/1", "admin", signer::v1::USAGE_TLS13_SERVER);
  EXPECT_THAT(
      Verdicts(ExplainPolicy(rules, question)),
      ElementsAre("rules[0] names other keys",
                  "admin site is for certain server names, and the request "
                  "states none",
                  "rules[2] names other callers",
                  "rules[3] names other callers",
                  "rules[4] names other callers"));
  EXPECT_EQ(GetReason(ExplainPolicy(rules, question).answer),
            ErrorReason::kServerNameNotAllowed);
  question.server_name = "Admin.example.org";
  const PolicyExplanation allowed = ExplainPolicy(rules, question);
  EXPECT_THAT(allowed.answer, IsOk());
  EXPECT_TRUE(allowed.rules[1].allows);
  EXPECT_EQ(allowed.rules[1].why, "allows it");
  question.server_name = "www.example.org";
  EXPECT_EQ(ExplainPolicy(rules, question).rules[1].why,
            "is for other server names");
}

TEST(ExplanationTest, UsagesAndSchemesAreHurdlesToo) {
  const std::vector<PolicyRule> rules = SiteRules();
  EXPECT_EQ(ExplainPolicy(
                rules, Question("go-tool", "site-a", signer::v1::USAGE_MESSAGE))
                .rules[3]
                .why,
            "grants this key other usages: tls13_server, digest");
  PolicyQuestion question =
      Question("go-tool", "site-a", signer::v1::USAGE_DIGEST);
  EXPECT_THAT(ExplainPolicy(rules, question).answer, IsOk());
  question.scheme = kEd;
  EXPECT_EQ(ExplainPolicy(rules, question).rules[3].why,
            "grants other schemes: ecdsa_secp256r1_sha256");
}

// Whatever is asked: some rule allows it if and only if policy does.
TEST(ExplanationTest, AgreesWithPolicy) {
  const std::vector<PolicyRule> rules = SiteRules();
  const Policy policy = SitePolicy();
  int allowed = 0;
  for (const std::string caller :
       {"web/1", "web/2", "mesh", "go-tool", "root", "uid 33", "nobody"}) {
    for (const std::string key : {"site-a", "admin", "mesh-client", "none"}) {
      for (int usage = 1; usage <= signer::v1::Usage_MAX; ++usage) {
        for (const std::string name : {"", "admin.example.org"}) {
          PolicyQuestion question =
              Question(caller, key, static_cast<signer::v1::Usage>(usage));
          question.server_name = name;
          const PolicyExplanation explanation = ExplainPolicy(rules, question);
          const bool by_rules =
              std::any_of(explanation.rules.begin(), explanation.rules.end(),
                          [](const RuleVerdict& rule) { return rule.allows; });
          EXPECT_EQ(explanation.answer.ok(), by_rules)
              << caller << " " << key << " " << usage << " " << name;
          EXPECT_EQ(AskPolicy(policy, question), explanation.answer);
          if (by_rules) ++allowed;
        }
      }
    }
  }
  EXPECT_GT(allowed, 20);
}

}  // namespace
}  // namespace keyhold
