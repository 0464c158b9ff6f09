// Session tickets: a resumption needs no signature, and a ticket crosses
// nothing that it must not cross.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/testing/endpoint.h"
#include "tls_lib/tls/testing/raw_peer.h"
#include "tls_lib/tls/testing/test_site.h"
#include "tls_lib/tls/ticket_keys.h"

namespace keyhold {
namespace {

using tls_testing::Built;
using tls_testing::CheckDataFlows;
using tls_testing::ClientOf;
using tls_testing::HandshakeOutcome;
using tls_testing::OurEnd;
using tls_testing::RawContext;
using tls_testing::RawPeer;
using tls_testing::ResolverOf;
using tls_testing::RunHandshake;
using tls_testing::ServerOf;
using tls_testing::SiteAnchors;
using tls_testing::SiteCa;
using tls_testing::TestClient;
using tls_testing::TestSite;

class ResumptionTest : public ::testing::TestWithParam<int> {
 protected:
  ResumptionTest() {
    builder_.SetTicketKeys(keys_);
    context_.Versions(GetParam(), GetParam());
  }

  // A full handshake, and the session that comes of it.
  std::unique_ptr<RawPeer> First(const ServerConfig::Builder& builder,
                                 const std::string& name = "www.example.org") {
    OurEnd server = OurEnd::Server(Built(builder));
    auto client = RawPeer::Client(context_, name);
    const HandshakeOutcome outcome = RunHandshake(*client, server);
    EXPECT_TRUE(outcome.ok()) << outcome;
    EXPECT_THAT(CheckDataFlows(server, *client), IsOk());
    EXPECT_FALSE(server.facts().resumed);
    EXPECT_NE(client->session(), nullptr);
    return client;
  }

  // Offers `first`'s session; whether it was taken.
  absl::StatusOr<bool> Again(const RawPeer& first,
                             const ServerConfig::Builder& builder,
                             const std::string& name = "www.example.org") {
    server_ = std::make_unique<OurEnd>(OurEnd::Server(Built(builder)));
    client_ = RawPeer::Client(context_, name);
    client_->Resume(first);
    const HandshakeOutcome outcome = RunHandshake(*client_, *server_);
    if (!outcome.ok()) return outcome.server;
    EXPECT_EQ(SSL_session_reused(client_->ssl()) == 1,
              server_->facts().resumed);
    return server_->facts().resumed;
  }

  absl::Time now_ = absl::Now();
  std::shared_ptr<TicketKeys> keys_ =
      TicketKeys::CreateRandom([this] { return now_; }).value();
  TestSite site_{TestKeyKind::kP256};
  ServerConfig::Builder builder_ = ServerOf(site_);
  RawContext context_ = RawContext::Client(SiteCa().cert_pem());
  std::unique_ptr<OurEnd> server_;
  std::unique_ptr<RawPeer> client_;
};

TEST_P(ResumptionTest, NeedsNoSignature) {
  auto first = First(builder_);
  EXPECT_EQ(site_.key->signatures(), 1);
  EXPECT_THAT(Again(*first, builder_), IsOkAndHolds(true));
  EXPECT_EQ(site_.key->signatures(), 1);
  EXPECT_EQ(server_->facts().own_scheme, std::nullopt);
  EXPECT_EQ(server_->facts().certified_key, nullptr);
  EXPECT_EQ(server_->facts().server_name, "www.example.org");
  EXPECT_THAT(CheckDataFlows(*client_, *server_), IsOk());
}

TEST_P(ResumptionTest, SucceedsWhileTheSignerIsAway) {
  auto first = First(builder_);
  site_.key->FailChoosing(absl::UnavailableError("the signer is away"));
  site_.key->FailSigning(absl::UnavailableError("the signer is away"));
  EXPECT_THAT(Again(*first, builder_), IsOkAndHolds(true));
  EXPECT_EQ(site_.key->last_known_choices(), 1);
}

TEST_P(ResumptionTest, StaleTicketWhileTheSignerIsAwayFailsInTheSignature) {
  auto first = First(builder_);
  site_.key->FailChoosing(absl::UnavailableError("the signer is away"));
  site_.key->FailSigning(absl::UnavailableError("the signer is still away"));
  now_ += absl::Hours(13);
  EXPECT_THAT(Again(*first, builder_), StatusIs(absl::StatusCode::kUnavailable,
                                                "the signer is still away"));
  EXPECT_EQ(client_->seen().alert_received, SSL_AD_INTERNAL_ERROR);
}

TEST_P(ResumptionTest, StaleTicketFallsBackToAFullHandshake) {
  auto first = First(builder_);
  now_ += absl::Hours(12);
  EXPECT_THAT(Again(*first, builder_), IsOkAndHolds(false));
  EXPECT_EQ(site_.key->signatures(), 2);
}

TEST_P(ResumptionTest, RotationKeepsOldTicketsForTwelveHours) {
  auto first = First(builder_);
  now_ += absl::Hours(1);
  EXPECT_THAT(Again(*first, builder_), IsOkAndHolds(true));
  first = First(builder_);
  now_ += absl::Hours(12) - absl::Seconds(1);
  EXPECT_THAT(Again(*first, builder_), IsOkAndHolds(true));
}

TEST_P(ResumptionTest, RenewedTicketsEndWithTheirSession) {
  auto previous = First(builder_);
  for (int hour = 1; hour < 12; ++hour) {
    now_ += absl::Hours(1);
    ASSERT_THAT(Again(*previous, builder_), IsOkAndHolds(true)) << hour;
    ASSERT_THAT(CheckDataFlows(*server_, *client_), IsOk());
    ASSERT_NE(client_->session(), nullptr) << hour;
    previous = std::move(client_);
  }
  now_ += absl::Hours(1);
  EXPECT_THAT(Again(*previous, builder_), IsOkAndHolds(false));
}

TEST_P(ResumptionTest, GivenKeysAcceptNoOldTicketsEither) {
  std::vector<SecretBytes> keys;
  keys.push_back(SecretBytes::CopyOf(std::string(80, 'k')).value());
  builder_.SetTicketKeys(TicketKeys::CreateFromKeys(std::move(keys), [this] {
                           return now_;
                         }).value());
  auto first = First(builder_);
  now_ += absl::Hours(12) - absl::Seconds(2);
  EXPECT_THAT(Again(*first, builder_), IsOkAndHolds(true));
  now_ += absl::Seconds(2);
  EXPECT_THAT(Again(*first, builder_), IsOkAndHolds(false));
}

TEST_P(ResumptionTest, SurvivesANewConfigurationWithTheSameKeys) {
  auto first = First(builder_);
  TestSite renewed(TestKeyKind::kP256, 1);
  ServerConfig::Builder other = ServerOf(renewed);
  other.SetTicketKeys(keys_);
  EXPECT_THAT(Again(*first, other), IsOkAndHolds(true));
}

TEST_P(ResumptionTest, OtherKeysDoNotDecrypt) {
  auto first = First(builder_);
  builder_.SetTicketKeys(TicketKeys::CreateRandom().value());
  EXPECT_THAT(Again(*first, builder_), IsOkAndHolds(false));
}

TEST_P(ResumptionTest, KeysThatHostsShareDecrypt) {
  auto shared = [] {
    std::vector<SecretBytes> keys;
    keys.push_back(SecretBytes::CopyOf(std::string(80, 'k')).value());
    return TicketKeys::CreateFromKeys(std::move(keys)).value();
  };
  builder_.SetTicketKeys(shared());
  auto first = First(builder_);
  builder_.SetTicketKeys(shared());
  EXPECT_THAT(Again(*first, builder_), IsOkAndHolds(true));
}

TEST_P(ResumptionTest, WithoutTicketKeysThereIsNone) {
  builder_.SetTicketKeys(nullptr);
  OurEnd server = OurEnd::Server(Built(builder_));
  auto client = RawPeer::Client(context_);
  ASSERT_TRUE(RunHandshake(*client, server).ok());
  ASSERT_THAT(CheckDataFlows(server, *client), IsOk());
  EXPECT_TRUE(client->session() == nullptr ||
              SSL_SESSION_is_resumable(client->session()) == 0 ||
              SSL_SESSION_has_ticket(client->session()) == 0);
}

TEST_P(ResumptionTest, NeverCrossesServerNames) {
  TestSite other(TestKeyKind::kP384, 0, {"other.example.org"});
  ServerConfig::Builder builder(
      ResolverOf({{"www.example.org", &site_}, {"other.example.org", &other}}));
  builder.SetTicketKeys(keys_);
  auto first = First(builder);
  // The stranger's client would refuse to mix names by itself.
  SSL_SESSION_set1_hostname(first->session(), "other.example.org");
  EXPECT_THAT(Again(*first, builder, "other.example.org"), IsOkAndHolds(false));
}

TEST_P(ResumptionTest, NeverCrossesClientAuthentication) {
  auto off = First(builder_);
  ServerConfig::Builder optional = builder_;
  optional.SetClientAuthentication(ClientAuthentication::kOptional,
                                   SiteAnchors());
  auto of_optional = First(optional);
  EXPECT_THAT(Again(*off, optional), IsOkAndHolds(false));
  EXPECT_THAT(Again(*of_optional, builder_), IsOkAndHolds(false));

  TestSite client_site(TestKeyKind::kP256, 5);
  context_.Certificate(client_site.chain_pem, client_site.key_pem);
  ServerConfig::Builder required = builder_;
  required.SetClientAuthentication(ClientAuthentication::kRequired,
                                   SiteAnchors());
  EXPECT_THAT(Again(*of_optional, required), IsOkAndHolds(false));
  auto of_required = First(required);
  EXPECT_THAT(Again(*of_required, required), IsOkAndHolds(true));
  EXPECT_EQ(server_->facts().peer_chain_der.size(), 1u)
      << "the certificate comes out of the ticket";

  ServerConfig::Builder other_anchors = builder_;
  other_anchors.SetClientAuthentication(
      ClientAuthentication::kRequired,
      TrustAnchors::FromPem(SiteCa().cert_pem() +
                            tls_testing::OtherCa().cert_pem())
          .value());
  EXPECT_THAT(Again(*of_required, other_anchors), IsOkAndHolds(false));
}

INSTANTIATE_TEST_SUITE_P(Versions, ResumptionTest,
                         ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& info) {
                           return info.param == TLS1_2_VERSION ? "Tls12"
                                                               : "Tls13";
                         });

// Our client, which keeps its sessions by itself.
class ClientResumptionTest : public ::testing::TestWithParam<TlsVersion> {
 protected:
  // Whether it was resumed.
  bool Connect(const std::shared_ptr<const ClientConfig>& client_config,
               const std::string& name = "www.example.org") {
    OurEnd server = OurEnd::Server(server_config_);
    OurEnd client = OurEnd::Client(client_config, name);
    const HandshakeOutcome outcome = RunHandshake(client, server);
    EXPECT_TRUE(outcome.ok()) << outcome;
    EXPECT_THAT(CheckDataFlows(server, client), IsOk());
    EXPECT_EQ(server.facts().resumed, client.facts().resumed);
    EXPECT_EQ(client.facts().peer_chain_der.size(), 1u);
    return client.facts().resumed;
  }
  ClientConfig::Builder Client() {
    ClientConfig::Builder builder = TestClient();
    builder.SetVersions(GetParam(), GetParam());
    return builder;
  }

  TestSite site_{TestKeyKind::kP256, 0, {"www.example.org", "b.example.org"}};
  std::shared_ptr<const ServerConfig> server_config_ = Built(ServerOf(site_));
};

TEST_P(ClientResumptionTest, ResumesWithTheSameServerAgainAndAgain) {
  auto config = Built(Client());
  EXPECT_FALSE(Connect(config));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Connect(config)) << i;
  EXPECT_EQ(site_.key->signatures(), 1);
  EXPECT_FALSE(Connect(config, "b.example.org"));
  EXPECT_FALSE(Connect(Built(Client()))) << "another configuration";
}

TEST_P(ClientResumptionTest, CanBeSwitchedOff) {
  ClientConfig::Builder builder = Client();
  builder.SetSessionCacheSize(0);
  auto config = Built(builder);
  EXPECT_FALSE(Connect(config));
  EXPECT_FALSE(Connect(config));
}

INSTANTIATE_TEST_SUITE_P(Versions, ClientResumptionTest,
                         ::testing::Values(TlsVersion::kTls12,
                                           TlsVersion::kTls13),
                         [](const auto& info) {
                           return info.param == TlsVersion::kTls12 ? "Tls12"
                                                                   : "Tls13";
                         });

TEST(ClientResumptionWithCertificateTest, RemoteKeySignsOnce) {
  TestSite site(TestKeyKind::kP256);
  TestSite client_site(TestKeyKind::kEd25519);
  ServerConfig::Builder builder = ServerOf(site);
  builder.SetClientAuthentication(ClientAuthentication::kRequired,
                                  SiteAnchors());
  auto server_config = Built(builder);
  auto client_config = Built(ClientOf(client_site));
  for (int i = 0; i < 3; ++i) {
    OurEnd server = OurEnd::Server(server_config);
    OurEnd client = OurEnd::Client(client_config);
    const HandshakeOutcome outcome = RunHandshake(client, server);
    ASSERT_TRUE(outcome.ok()) << outcome;
    ASSERT_THAT(CheckDataFlows(server, client), IsOk());
    EXPECT_EQ(server.facts().peer_chain_der.size(), 1u);
  }
  EXPECT_EQ(client_site.key->signatures(), 1);
}

}  // namespace
}  // namespace keyhold
