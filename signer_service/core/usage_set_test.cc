#include "signer_service/core/usage_set.h"

#include <set>

#include "gtest/gtest.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;

TEST(UsageSetTest, HoldsWhatWasInserted) {
  UsageSet set;
  EXPECT_TRUE(set.empty());
  set.Insert(signer::v1::USAGE_DIGEST);
  EXPECT_FALSE(set.empty());
  EXPECT_TRUE(set.Contains(signer::v1::USAGE_DIGEST));
  EXPECT_FALSE(set.Contains(signer::v1::USAGE_MESSAGE));
}

TEST(UsageSetTest, UnspecifiedAndUnknownUsagesAreNeverIn) {
  UsageSet set;
  set.Insert(signer::v1::USAGE_UNSPECIFIED);
  set.Insert(static_cast<signer::v1::Usage>(77));
  EXPECT_TRUE(set.empty());
  EXPECT_FALSE(set.Contains(signer::v1::USAGE_UNSPECIFIED));
}

TEST(UsageSetTest, TlsFormsAreThoseOfTheRoleAlone) {
  UsageSet server = UsageSet::TlsFormsOf(signer::v1::ROLE_SERVER);
  UsageSet client = UsageSet::TlsFormsOf(signer::v1::ROLE_CLIENT);
  EXPECT_EQ(server.ToString(), "tls13_server, tls12_server");
  EXPECT_EQ(client.ToString(), "tls13_client, tls12_client");
  EXPECT_TRUE(UsageSet::TlsFormsOf(signer::v1::ROLE_UNSPECIFIED).empty());
}

TEST(UsageSetTest, UnionIntersectionAndContainment) {
  UsageSet server = UsageSet::TlsFormsOf(signer::v1::ROLE_SERVER);
  UsageSet both = server;
  both.InsertAll(UsageSet::TlsFormsOf(signer::v1::ROLE_CLIENT));
  EXPECT_TRUE(both.Contains(server));
  EXPECT_FALSE(server.Contains(both));
  EXPECT_TRUE(both.Intersect(server) == server);
  EXPECT_TRUE(server.Contains(UsageSet()));
}

TEST(UsageSetTest, EmptySetIsCalledNone) {
  EXPECT_EQ(UsageSet().ToString(), "none");
}

TEST(UsageNameTest, IsTheConfigurationsWord) {
  EXPECT_EQ(UsageName(signer::v1::USAGE_SELF_SIGNED), "self_signed");
  EXPECT_EQ(UsageName(signer::v1::USAGE_UNSPECIFIED), "unspecified");
  EXPECT_EQ(UsageName(static_cast<signer::v1::Usage>(99)), "unspecified");
}

TEST(UsageOfTest, FollowsTheInputAndItsRole) {
  SignRequest request;
  EXPECT_EQ(UsageOf(request), signer::v1::USAGE_UNSPECIFIED);
  request.mutable_tls13_certificate_verify();
  EXPECT_EQ(UsageOf(request), signer::v1::USAGE_UNSPECIFIED);
  request.mutable_tls13_certificate_verify()->set_role(signer::v1::ROLE_SERVER);
  EXPECT_EQ(UsageOf(request), signer::v1::USAGE_TLS13_SERVER);
  request.mutable_tls13_certificate_verify()->set_role(signer::v1::ROLE_CLIENT);
  EXPECT_EQ(UsageOf(request), signer::v1::USAGE_TLS13_CLIENT);
  request.mutable_tls13_certificate_verify()->set_role(
      static_cast<signer::v1::Role>(9));
  EXPECT_EQ(UsageOf(request), signer::v1::USAGE_UNSPECIFIED);
  request.mutable_tls12_server_key_exchange();
  EXPECT_EQ(UsageOf(request), signer::v1::USAGE_TLS12_SERVER);
  request.mutable_tls12_certificate_verify();
  EXPECT_EQ(UsageOf(request), signer::v1::USAGE_TLS12_CLIENT);
  request.mutable_digest();
  EXPECT_EQ(UsageOf(request), signer::v1::USAGE_DIGEST);
  request.set_message("m");
  EXPECT_EQ(UsageOf(request), signer::v1::USAGE_MESSAGE);
  request.mutable_csr();
  EXPECT_EQ(UsageOf(request), signer::v1::USAGE_CSR);
  request.mutable_self_signed_certificate();
  EXPECT_EQ(UsageOf(request), signer::v1::USAGE_SELF_SIGNED);
  request.mutable_delegated_credential()->set_role(signer::v1::ROLE_SERVER);
  EXPECT_EQ(UsageOf(request), signer::v1::USAGE_DELEGATED_CREDENTIAL);
}

TEST(TlsVersionOfTest, OnlyStructuredFormsHaveOne) {
  EXPECT_EQ(TlsVersionOf(signer::v1::USAGE_TLS13_CLIENT), TlsVersion::kTls13);
  EXPECT_EQ(TlsVersionOf(signer::v1::USAGE_TLS12_CLIENT), TlsVersion::kTls12);
  EXPECT_EQ(TlsVersionOf(signer::v1::USAGE_MESSAGE), std::nullopt);
  EXPECT_EQ(TlsVersionOf(signer::v1::USAGE_DIGEST), std::nullopt);
}

// A usage that is added to the API must be in TlsVersionOf's and UsageOf's
// minds: this fails until somebody has looked.
TEST(UsageNameTest, EveryUsageHasAName) {
  std::set<std::string> names;
  for (int value = 1; value <= signer::v1::Usage_MAX; ++value) {
    names.insert(UsageName(static_cast<signer::v1::Usage>(value)));
  }
  EXPECT_EQ(names, (std::set<std::string>{
                       "tls13_server", "tls12_server", "tls13_client",
                       "tls12_client", "digest", "message", "csr",
                       "self_signed", "delegated_credential"}));
}

}  // namespace
}  // namespace keyhold
