// Client certificates, both ways: our client at libssl's server, libssl's
// client at ours, and the scheme on the wire.
#include <string>
#include <tuple>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/testing/endpoint.h"
#include "tls_lib/tls/testing/raw_peer.h"
#include "tls_lib/tls/testing/test_site.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::Combine;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Values;
using ::testing::ValuesIn;
using tls_testing::Built;
using tls_testing::CheckDataFlows;
using tls_testing::ClientOf;
using tls_testing::HandshakeOutcome;
using tls_testing::OtherCa;
using tls_testing::OurEnd;
using tls_testing::RawContext;
using tls_testing::RawPeer;
using tls_testing::RunHandshake;
using tls_testing::ServerOf;
using tls_testing::SiteAnchors;
using tls_testing::SiteCa;
using tls_testing::TestClient;
using tls_testing::TestSite;

std::string ParamName(
    const ::testing::TestParamInfo<std::tuple<TestKeyKind, TlsVersion>>& info) {
  return std::string(TestKeyKindName(std::get<0>(info.param))) +
         (std::get<1>(info.param) == TlsVersion::kTls12 ? "Tls12" : "Tls13");
}

class EveryClientKeyTest
    : public ::testing::TestWithParam<std::tuple<TestKeyKind, TlsVersion>> {
 protected:
  TlsVersion version() const { return std::get<1>(GetParam()); }
  RawContext AskingServer() {
    RawContext context = RawContext::Server(site_.chain_pem, site_.key_pem);
    context.AskForClients(SiteCa().cert_pem())
        .Versions(static_cast<int>(version()), static_cast<int>(version()));
    return context;
  }

  TestSite site_{TestKeyKind::kP256, 7};
  TestSite client_site_{std::get<0>(GetParam())};
};

TEST_P(EveryClientKeyTest, ClientSignsWithTheKeysChoice) {
  auto server = RawPeer::Server(AskingServer());
  OurEnd client = OurEnd::Client(Built(ClientOf(client_site_)));
  const HandshakeOutcome outcome = RunHandshake(client, *server);
  ASSERT_TRUE(outcome.ok()) << outcome;
  EXPECT_NE(client.facts().own_scheme, std::nullopt);
  EXPECT_EQ(server->seen().scheme_received, client.facts().own_scheme);
  EXPECT_EQ(client.facts().certified_key, client_site_.certified_key);
  const SigningContext context = client_site_.key->last_context();
  EXPECT_EQ(context.role, Role::kClient);
  EXPECT_EQ(context.version, version());
  EXPECT_EQ(context.server_name, "www.example.org");
  EXPECT_EQ(client_site_.key->signatures(), 1);
  EXPECT_THAT(CheckDataFlows(client, *server), IsOk());
}

TEST_P(EveryClientKeyTest, ClientPinsTheOneSchemeThatTheServerWants) {
  auto config = Built(ClientOf(client_site_));
  const PublicKey& key = client_site_.key->public_key();
  for (const SchemeInfo& scheme : AllSchemes()) {
    if (!key.CanMake(scheme.scheme, version())) continue;
    RawContext context = AskingServer();
    // Others before and after it: order and strangers play no part.
    context.ClientSigalgs(scheme.name);
    auto server = RawPeer::Server(context);
    OurEnd client = OurEnd::Client(config);
    const HandshakeOutcome outcome = RunHandshake(client, *server);
    ASSERT_TRUE(outcome.ok()) << scheme.name << ": " << outcome;
    EXPECT_EQ(server->seen().scheme_received, scheme.scheme) << scheme.name;
    EXPECT_EQ(client.facts().own_scheme, scheme.scheme) << scheme.name;
  }
}

TEST_P(EveryClientKeyTest, OurServerTakesTheCertificateAndReportsTheScheme) {
  ServerConfig::Builder builder = ServerOf(site_);
  builder.SetClientAuthentication(ClientAuthentication::kRequired,
                                  SiteAnchors());
  OurEnd server = OurEnd::Server(Built(builder));
  RawContext context = RawContext::Client(SiteCa().cert_pem());
  context.Versions(static_cast<int>(version()), static_cast<int>(version()))
      .Certificate(client_site_.chain_pem, client_site_.key_pem);
  auto client = RawPeer::Client(context);
  const HandshakeOutcome outcome = RunHandshake(*client, server);
  ASSERT_TRUE(outcome.ok()) << outcome;
  EXPECT_NE(server.facts().peer_scheme, std::nullopt);
  EXPECT_EQ(server.facts().peer_scheme, client->seen().scheme_sent);
  EXPECT_EQ(server.facts().own_scheme, client->seen().scheme_received)
      << "the server's own scheme stays pinned";
  EXPECT_THAT(server.facts().peer_chain_der,
              ElementsAre(PemToDer(client_site_.chain_pem)));
}

INSTANTIATE_TEST_SUITE_P(Keys, EveryClientKeyTest,
                         Combine(ValuesIn(GoodTestKeyKinds()),
                                 Values(TlsVersion::kTls12,
                                        TlsVersion::kTls13)),
                         ParamName);

class ClientAuthenticationTest : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    builder_.SetClientAuthentication(ClientAuthentication::kRequired,
                                     SiteAnchors());
    const auto version = static_cast<TlsVersion>(GetParam());
    builder_.SetVersions(version, version);
  }
  // The server's status.
  absl::Status Connect(const ClientConfig::Builder& client) {
    server_ = std::make_unique<OurEnd>(OurEnd::Server(Built(builder_)));
    client_ = std::make_unique<OurEnd>(OurEnd::Client(Built(client)));
    outcome_ = RunHandshake(*client_, *server_);
    return outcome_.server;
  }
  // What the client knows at last: TLS 1.3 clients are done before the server
  // looks at their certificate.
  absl::Status ClientsEnd() {
    return outcome_.client.ok() ? client_->Read().status() : outcome_.client;
  }

  TestSite site_{TestKeyKind::kP256};
  TestSite client_site_{TestKeyKind::kEd25519};
  ServerConfig::Builder builder_ = ServerOf(site_);
  std::unique_ptr<OurEnd> server_;
  std::unique_ptr<OurEnd> client_;
  HandshakeOutcome outcome_;
};

TEST_P(ClientAuthenticationTest, PinnedServerSchemeDoesNotNarrowWhatIsAsked) {
  RawContext context = RawContext::Client(SiteCa().cert_pem());
  context.Certificate(client_site_.chain_pem, client_site_.key_pem);
  OurEnd server = OurEnd::Server(Built(builder_));
  auto client = RawPeer::Client(context);
  ASSERT_TRUE(RunHandshake(*client, server).ok());
  std::vector<uint16_t> all;
  for (const SchemeInfo& scheme : AllSchemes()) {
    all.push_back(static_cast<uint16_t>(scheme.scheme));
  }
  EXPECT_THAT(client->seen().requested_schemes,
              ::testing::UnorderedElementsAreArray(all));
}

TEST_P(ClientAuthenticationTest, BothEndsAgreeOnBothSchemes) {
  ASSERT_THAT(Connect(ClientOf(client_site_)), IsOk());
  EXPECT_EQ(client_->facts().own_scheme, SignatureScheme::kEd25519);
  EXPECT_EQ(server_->facts().peer_scheme, SignatureScheme::kEd25519);
  EXPECT_EQ(server_->facts().own_scheme, client_->facts().peer_scheme);
}

TEST_P(ClientAuthenticationTest, MissingCertificateIsRefused) {
  EXPECT_THAT(Connect(TestClient()),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       "the client sent no certificate, and one is required"));
  EXPECT_THAT(ClientsEnd(),
              StatusIs(absl::StatusCode::kAborted,
                       GetParam() == TLS1_3_VERSION
                           ? "the peer sent the alert certificate_required"
                           : "the peer sent the alert handshake_failure"));
}

TEST_P(ClientAuthenticationTest, OptionalDoesWithoutOne) {
  builder_.SetClientAuthentication(ClientAuthentication::kOptional,
                                   SiteAnchors());
  ASSERT_THAT(Connect(TestClient()), IsOk());
  EXPECT_THAT(server_->facts().peer_chain_der, ElementsAre());
  ASSERT_THAT(Connect(ClientOf(client_site_)), IsOk());
  EXPECT_EQ(server_->facts().peer_chain_der.size(), 1u);
}

TEST_P(ClientAuthenticationTest, OptionalStillVerifies) {
  builder_.SetClientAuthentication(ClientAuthentication::kOptional,
                                   SiteAnchors());
  TestSite stranger(TestKeyKind::kP256, 3, {"client"}, OtherCa());
  EXPECT_THAT(Connect(ClientOf(stranger)),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       HasSubstr("the client's certificate (CN=test) does not "
                                 "verify: unable to get local issuer")));
  EXPECT_THAT(ClientsEnd(), StatusIs(absl::StatusCode::kAborted,
                                     "the peer sent the alert unknown_ca"));
}

TEST_P(ClientAuthenticationTest, ServersCertificateIsNoClients) {
  TestCertOptions options;
  options.server_auth = true;
  client_site_.certified_key =
      CertifiedKey::CreateFromPem(SiteCa().Issue(client_site_.key_pem, options),
                                  client_site_.key)
          .value();
  EXPECT_THAT(Connect(ClientOf(client_site_)),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       HasSubstr("unsuitable certificate purpose")));
}

// Knows no certificate for this server.
class EmptyResolver final : public ClientCertResolver {
 public:
  std::shared_ptr<const CertifiedKey> Resolve(
      const CertificateRequest& request) const override {
    EXPECT_EQ(request.server_name, "www.example.org");
    EXPECT_EQ(request.acceptable_cas.size(), 1u) << "the server's anchor";
    return nullptr;
  }
};

TEST_P(ClientAuthenticationTest, ResolverMayHaveNone) {
  ClientConfig::Builder client = TestClient();
  client.SetClientCertResolver(std::make_shared<EmptyResolver>());
  EXPECT_THAT(Connect(client), StatusIs(absl::StatusCode::kUnauthenticated));
  builder_.SetClientAuthentication(ClientAuthentication::kOptional,
                                   SiteAnchors());
  EXPECT_THAT(Connect(client), IsOk());
}

TEST_P(ClientAuthenticationTest, OffAsksForNone) {
  builder_.SetClientAuthentication(ClientAuthentication::kOff, nullptr);
  ASSERT_THAT(Connect(ClientOf(client_site_)), IsOk());
  EXPECT_EQ(client_site_.key->choices(), 0);
  EXPECT_EQ(client_->facts().own_scheme, std::nullopt);
}

TEST_P(ClientAuthenticationTest, SignerAwayEndsTheHandshake) {
  client_site_.key->FailChoosing(absl::UnavailableError("the signer is away"));
  EXPECT_THAT(Connect(ClientOf(client_site_)),
              StatusIs(absl::StatusCode::kAborted,
                       "the peer sent the alert internal_error"));
  EXPECT_THAT(outcome_.client,
              StatusIs(absl::StatusCode::kUnavailable, "the signer is away"));
}

TEST_P(ClientAuthenticationTest, FailedSignatureComesThrough) {
  const absl::Status refused =
      WithReason(absl::PermissionDeniedError("not for clients"),
                 ErrorReason::kUsageNotAllowed);
  client_site_.key->FailSigning(refused);
  EXPECT_THAT(Connect(ClientOf(client_site_)),
              StatusIs(absl::StatusCode::kAborted,
                       "the peer sent the alert internal_error"));
  EXPECT_EQ(outcome_.client, refused);
}

TEST_P(ClientAuthenticationTest, NoSchemeInCommonGoesOnWithoutACertificate) {
  RawContext context = RawContext::Server(site_.chain_pem, site_.key_pem);
  context.AskForClients(SiteCa().cert_pem())
      .ClientSigalgs("ecdsa_secp256r1_sha256")
      .Versions(GetParam(), GetParam());
  auto server = RawPeer::Server(context);
  OurEnd client = OurEnd::Client(Built(ClientOf(client_site_)));
  HandshakeOutcome outcome = RunHandshake(client, *server);
  if (outcome.client.ok()) outcome.client = client.Read().status();
  EXPECT_THAT(outcome.client,
              StatusIs(absl::StatusCode::kAborted,
                       AllOf(HasSubstr("the peer sent the alert"),
                             HasSubstr("no client certificate was sent to it"),
                             HasSubstr("Ed25519"))));
}

INSTANTIATE_TEST_SUITE_P(Versions, ClientAuthenticationTest,
                         Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& info) {
                           return info.param == TLS1_2_VERSION ? "Tls12"
                                                               : "Tls13";
                         });

TEST(ClientAuthenticationHrrTest, SchemesStayPinnedOnBothSides) {
  TestSite site(TestKeyKind::kRsa2048);
  TestSite client_site(TestKeyKind::kP384);
  ServerConfig::Builder builder = ServerOf(site);
  builder.SetClientAuthentication(ClientAuthentication::kRequired,
                                  SiteAnchors());
  OurEnd server = OurEnd::Server(Built(builder));
  RawContext context = RawContext::Client(SiteCa().cert_pem());
  context.Groups("X448:P-256")
      .Certificate(client_site.chain_pem, client_site.key_pem);
  auto client = RawPeer::Client(context);
  const HandshakeOutcome outcome = RunHandshake(*client, server);
  ASSERT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(client->seen().hello_retry_requests, 1);
  EXPECT_EQ(client->seen().scheme_received, server.facts().own_scheme);
  EXPECT_EQ(server.facts().peer_scheme, SignatureScheme::kEcdsaSecp384r1Sha384);
}

}  // namespace
}  // namespace keyhold
