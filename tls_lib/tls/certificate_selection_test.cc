// Which certificate a server of tls_lib serves: by name, and by what the
// client can use.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/testing/endpoint.h"
#include "tls_lib/tls/testing/raw_peer.h"
#include "tls_lib/tls/testing/test_site.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using tls_testing::Built;
using tls_testing::HandshakeOutcome;
using tls_testing::OurEnd;
using tls_testing::RawContext;
using tls_testing::RawPeer;
using tls_testing::ResolverOf;
using tls_testing::RunHandshake;
using tls_testing::SiteCa;
using tls_testing::TestSite;

RawContext Tls12Client() {
  RawContext context = RawContext::Client(SiteCa().cert_pem());
  context.Versions(TLS1_2_VERSION, TLS1_2_VERSION);
  return context;
}

class ServerNameTest : public ::testing::Test {
 protected:
  HandshakeOutcome Ask(const std::string& name) {
    server_ = std::make_unique<OurEnd>(OurEnd::Server(config_));
    client_ = RawPeer::Client(RawContext::Client(SiteCa().cert_pem()), name);
    return RunHandshake(*client_, *server_);
  }

  TestSite exact_{TestKeyKind::kP256, 0, {"www.example.org"}};
  TestSite wildcard_{TestKeyKind::kP256, 1, {"*.example.org"}};
  TestSite other_{TestKeyKind::kP256, 2, {"other.example.net"}};
  std::shared_ptr<const ServerConfig> config_ =
      Built(ServerConfig::Builder(ResolverOf(
          {{"www.example.org", &exact_}, {"*.example.org", &wildcard_}})));
  std::unique_ptr<OurEnd> server_;
  std::unique_ptr<RawPeer> client_;
};

TEST_F(ServerNameTest, ExactNameComesFirst) {
  ASSERT_TRUE(Ask("www.example.org").ok());
  EXPECT_EQ(server_->facts().certified_key, exact_.certified_key);
  EXPECT_EQ(exact_.key->last_context().server_name, "www.example.org");
}

TEST_F(ServerNameTest, NamesCompareWithoutCase) {
  ASSERT_TRUE(Ask("WWW.Example.ORG").ok());
  EXPECT_EQ(server_->facts().certified_key, exact_.certified_key);
  EXPECT_EQ(server_->facts().server_name, "www.example.org");
}

TEST_F(ServerNameTest, WildcardStandsForOneLabel) {
  ASSERT_TRUE(Ask("shop.example.org").ok());
  EXPECT_EQ(server_->facts().certified_key, wildcard_.certified_key);
  EXPECT_EQ(wildcard_.key->last_context().server_name, "*.example.org")
      << "the entry's name, not what a stranger sent";
}

TEST_F(ServerNameTest, UnknownNameIsRefusedWithItsAlert) {
  const HandshakeOutcome outcome = Ask("a.b.example.org");
  EXPECT_THAT(outcome.server,
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("no certificate for the server name "
                                 "\"a.b.example.org\"")));
  EXPECT_EQ(client_->seen().alert_received, SSL_AD_UNRECOGNIZED_NAME);
}

TEST_F(ServerNameTest, NoNameAndNoDefaultIsRefusedLikewise) {
  EXPECT_THAT(Ask("").server, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(client_->seen().alert_received, SSL_AD_UNRECOGNIZED_NAME);
}

TEST_F(ServerNameTest, DefaultServesUnknownNamesAndNoName) {
  config_ = Built(ServerConfig::Builder(
      ResolverOf({{"www.example.org", &exact_}, {"", &other_}})));
  ASSERT_TRUE(Ask("other.example.net").ok());
  EXPECT_EQ(server_->facts().certified_key, other_.certified_key);
  ASSERT_TRUE(Ask("").ok());
  EXPECT_EQ(server_->facts().certified_key, other_.certified_key);
  EXPECT_EQ(server_->facts().server_name, "");
  ASSERT_TRUE(Ask("www.example.org").ok());
  EXPECT_EQ(server_->facts().certified_key, exact_.certified_key);
}

// RSA and ECDSA under one name, ECDSA first.
class TwoKeysTest : public ::testing::Test {
 protected:
  HandshakeOutcome Ask(const RawContext& context) {
    server_ = std::make_unique<OurEnd>(OurEnd::Server(config_));
    client_ = RawPeer::Client(context);
    return RunHandshake(*client_, *server_);
  }

  TestSite ecdsa_{TestKeyKind::kP256};
  TestSite rsa_{TestKeyKind::kRsa2048};
  std::shared_ptr<const ServerConfig> config_ =
      Built(ServerConfig::Builder(ResolverOf({{"", &ecdsa_}, {"", &rsa_}})));
  std::unique_ptr<OurEnd> server_;
  std::unique_ptr<RawPeer> client_;
};

TEST_F(TwoKeysTest, FirstIsServedToWhoCanUseBoth) {
  for (const RawContext& context :
       {RawContext::Client(SiteCa().cert_pem()), Tls12Client()}) {
    const HandshakeOutcome outcome = Ask(context);
    ASSERT_TRUE(outcome.ok()) << outcome;
    EXPECT_EQ(server_->facts().certified_key, ecdsa_.certified_key);
  }
}

TEST_F(TwoKeysTest, SecondIsServedToWhoOffersNoSchemeForTheFirst) {
  for (RawContext context :
       {RawContext::Client(SiteCa().cert_pem()), Tls12Client()}) {
    context.Sigalgs("rsa_pss_rsae_sha256:rsa_pkcs1_sha256");
    const HandshakeOutcome outcome = Ask(context);
    ASSERT_TRUE(outcome.ok()) << outcome;
    EXPECT_EQ(server_->facts().certified_key, rsa_.certified_key);
    EXPECT_EQ(client_->seen().scheme_received, server_->facts().own_scheme);
  }
}

TEST_F(TwoKeysTest, Tls12SuitesDecideToo) {
  RawContext context = Tls12Client();
  context.Tls12Suites("ECDHE-RSA-AES128-GCM-SHA256");
  const HandshakeOutcome outcome = Ask(context);
  ASSERT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(server_->facts().certified_key, rsa_.certified_key);
  EXPECT_EQ(ecdsa_.key->choices(), 0) << "it could not be served";
}

TEST_F(TwoKeysTest, Tls12GroupsDecideToo) {
  RawContext context = Tls12Client();
  context.Groups("X25519:P-384");  // the first key is on P-256
  const HandshakeOutcome outcome = Ask(context);
  ASSERT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(server_->facts().certified_key, rsa_.certified_key);
}

TEST_F(TwoKeysTest, InTls13GroupsAndTls12SuitesDoNotMatter) {
  RawContext context = RawContext::Client(SiteCa().cert_pem());
  context.Groups("X25519:P-384").Tls12Suites("ECDHE-RSA-AES128-GCM-SHA256");
  const HandshakeOutcome outcome = Ask(context);
  ASSERT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(server_->facts().certified_key, ecdsa_.certified_key);
}

TEST_F(TwoKeysTest, NothingInCommonNamesBothReasons) {
  for (RawContext context :
       {RawContext::Client(SiteCa().cert_pem()), Tls12Client()}) {
    context.Sigalgs("ed25519");
    const HandshakeOutcome outcome = Ask(context);
    EXPECT_THAT(outcome.server,
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         AllOf(HasSubstr("no certificate of the default entry "
                                         "suits this client"),
                               HasSubstr("P-256"), HasSubstr("RSA"))));
    EXPECT_EQ(GetReason(outcome.server), ErrorReason::kNoCommonScheme);
    EXPECT_EQ(client_->seen().alert_received, SSL_AD_HANDSHAKE_FAILURE);
  }
}

TEST_F(TwoKeysTest, SignerAwayIsNotTakenForNothingInCommon) {
  ecdsa_.key->FailChoosing(absl::UnavailableError("the signer is away"));
  const HandshakeOutcome outcome = Ask(RawContext::Client(SiteCa().cert_pem()));
  EXPECT_THAT(outcome.server,
              StatusIs(absl::StatusCode::kUnavailable, "the signer is away"));
  EXPECT_EQ(client_->seen().alert_received, SSL_AD_INTERNAL_ERROR);
  EXPECT_EQ(rsa_.key->choices(), 0);
}

TEST(MixedChainTest, KeyAndIssuerMayBeOfDifferentTypes) {
  for (TestKeyKind issuer : {TestKeyKind::kRsa2048, TestKeyKind::kEd25519}) {
    TestCa ca("Mixed CA", issuer, 103);
    for (TestKeyKind leaf : {TestKeyKind::kRsa2048, TestKeyKind::kP384}) {
      TestSite site(leaf, 0, {"www.example.org"}, ca);
      auto config = Built(tls_testing::ServerOf(site));
      for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        RawContext context = RawContext::Client(ca.cert_pem());
        context.Versions(version, version);
        OurEnd server = OurEnd::Server(config);
        auto client = RawPeer::Client(context);
        const HandshakeOutcome outcome = RunHandshake(*client, server);
        EXPECT_TRUE(outcome.ok()) << issuer << leaf << version << outcome;
      }
    }
  }
}

}  // namespace
}  // namespace keyhold
