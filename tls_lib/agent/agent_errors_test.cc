#include "tls_lib/agent/agent_errors.h"

#include <string>

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/policy_version.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

google::rpc::ErrorInfo InfoOf(const signer::v1::SignResponse& item) {
  google::rpc::ErrorInfo info;
  EXPECT_TRUE(item.status().details(0).UnpackTo(&info));
  return info;
}

TEST(AgentErrorsTest, SayWhoAndWhatToDo) {
  EXPECT_THAT(std::string(NoRuleError({33, 34}).message()),
              HasSubstr("uid 33 (gid 34) may use no key of this agent; add a "
                        "rule to agent.yaml"));
  EXPECT_THAT(
      std::string(KeyNotAllowedError({33, 34}, std::string(32, 'k')).message()),
      HasSubstr("no rule of agent.yaml lets uid 33 (gid 34) use the key "
                "6b6b6b6b6b6b6b6b, or there is no such key"));
  EXPECT_THAT(std::string(NobodyError().message()), HasSubstr("65534"));
  EXPECT_THAT(
      std::string(
          KeysUnknownError(absl::UnavailableError("a:1: refused")).message()),
      HasSubstr("could not ask the signer for them: a:1: refused"));
}

TEST(AgentErrorsTest, AnItemCarriesReasonAndPolicyVersion) {
  const signer::v1::SignResponse item = FailedItem(
      7, WithPolicyVersion(KeyNotAllowedError({1, 2}, std::string(32, 'k')),
                           "0123456789abcdef"));
  EXPECT_EQ(item.id(), 7u);
  EXPECT_EQ(item.status().code(), 7);
  EXPECT_EQ(InfoOf(item).reason(), "LOCAL_CALLER_NOT_ALLOWED");
  EXPECT_EQ(InfoOf(item).domain(), "keyhold");
  EXPECT_EQ(InfoOf(item).metadata().at("policy_version"),
            "30313233343536373839616263646566");
  EXPECT_EQ(item.policy_version(), "0123456789abcdef");
}

TEST(AgentErrorsTest, AFailedCheckIsDataLossAgain) {
  const signer::v1::SignResponse item =
      FailedItem(1, WithReason(absl::InternalError("twice"),
                               ErrorReason::kSignatureCheckFailed));
  EXPECT_EQ(item.status().code(), 15);
  EXPECT_EQ(InfoOf(item).reason(), "SIGNATURE_CHECK_FAILED");
}

TEST(AgentErrorsTest, AFrameWithOneItem) {
  const signer::v1::SignBatchResponse frame =
      FailedItemFrame(0, DrainingError());
  ASSERT_EQ(frame.items_size(), 1);
  EXPECT_FALSE(frame.has_limits());
  EXPECT_EQ(InfoOf(frame.items(0)).reason(), "DRAINING");
}

}  // namespace
}  // namespace keyhold
