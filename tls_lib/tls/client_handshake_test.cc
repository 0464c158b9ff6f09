// Clients of tls_lib against libssl's own server: every type of key as the
// server's, verification, ALPN, HelloRetryRequest.
#include <string>
#include <tuple>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/certified_key.h"
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
using tls_testing::HandshakeOutcome;
using tls_testing::OtherCa;
using tls_testing::OurEnd;
using tls_testing::RawContext;
using tls_testing::RawPeer;
using tls_testing::RunHandshake;
using tls_testing::ServerOf;
using tls_testing::SiteCa;
using tls_testing::TestClient;
using tls_testing::TestSite;

RawContext ServerWith(const TestSite& site) {
  return RawContext::Server(site.chain_pem, site.key_pem);
}

class EveryServerKeyTest
    : public ::testing::TestWithParam<std::tuple<TestKeyKind, TlsVersion>> {};

TEST_P(EveryServerKeyTest, IsVerifiedAndItsSchemeReported) {
  const auto [kind, version] = GetParam();
  TestSite site(kind);
  RawContext context = ServerWith(site);
  context.Versions(static_cast<int>(version), static_cast<int>(version));
  auto server = RawPeer::Server(context);
  OurEnd client = OurEnd::Client(Built(TestClient()));
  const HandshakeOutcome outcome = RunHandshake(client, *server);
  ASSERT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(client.facts().version, version);
  EXPECT_NE(client.facts().peer_scheme, std::nullopt);
  EXPECT_EQ(client.facts().peer_scheme, server->seen().scheme_sent);
  EXPECT_EQ(client.facts().own_scheme, std::nullopt);
  EXPECT_EQ(client.facts().certified_key, nullptr);
  EXPECT_EQ(client.facts().server_name, "www.example.org");
  EXPECT_THAT(client.facts().peer_chain_der,
              ElementsAre(PemToDer(site.chain_pem)));
  EXPECT_THAT(CheckDataFlows(client, *server), IsOk());
}

INSTANTIATE_TEST_SUITE_P(
    Keys, EveryServerKeyTest,
    Combine(ValuesIn(GoodTestKeyKinds()),
            Values(TlsVersion::kTls12, TlsVersion::kTls13)),
    [](const auto& info) {
      return std::string(TestKeyKindName(std::get<0>(info.param))) +
             (std::get<1>(info.param) == TlsVersion::kTls12 ? "Tls12"
                                                            : "Tls13");
    });

class VerificationTest : public ::testing::TestWithParam<int> {
 protected:
  absl::Status Connect(const TestSite& site, absl::string_view name) {
    RawContext context = ServerWith(site);
    context.Versions(GetParam(), GetParam());
    server_ = RawPeer::Server(context);
    OurEnd client = OurEnd::Client(Built(TestClient()), name);
    return RunHandshake(client, *server_).client;
  }
  // The certificate of one site replaced.
  absl::Status ConnectTo(const TestCertOptions& options,
                         absl::string_view name) {
    TestSite site(TestKeyKind::kP256);
    site.chain_pem = SiteCa().Issue(site.key_pem, options);
    return Connect(site, name);
  }

  std::unique_ptr<RawPeer> server_;
};

TEST_P(VerificationTest, UnknownIssuer) {
  TestSite site(TestKeyKind::kP256, 0, {"www.example.org"}, OtherCa());
  EXPECT_THAT(
      Connect(site, "www.example.org"),
      StatusIs(absl::StatusCode::kUnauthenticated,
               "the server's certificate (CN=test) does not verify: unable to "
               "get local issuer certificate"));
  EXPECT_EQ(server_->seen().alert_received, SSL_AD_UNKNOWN_CA);
}

TEST_P(VerificationTest, OtherName) {
  TestSite site(TestKeyKind::kP256);
  EXPECT_THAT(Connect(site, "mail.example.org"),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       "the server's certificate (CN=test) does not verify: "
                       "hostname mismatch; it is not for mail.example.org"));
  EXPECT_EQ(server_->seen().alert_received, SSL_AD_BAD_CERTIFICATE);
}

TEST_P(VerificationTest, ExpiredCertificate) {
  TestCertOptions options;
  options.dns_names = {"www.example.org"};
  EXPECT_THAT(ConnectTo(Expired(options), "www.example.org"),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       HasSubstr("certificate has expired")));
  EXPECT_EQ(server_->seen().alert_received, SSL_AD_CERTIFICATE_EXPIRED);
}

TEST_P(VerificationTest, CertificateForClientsOnly) {
  TestCertOptions options;
  options.dns_names = {"www.example.org"};
  options.client_auth = true;
  EXPECT_THAT(ConnectTo(options, "www.example.org"),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       HasSubstr("unsuitable certificate purpose")));
}

TEST_P(VerificationTest, CommonNameDoesNotCount) {
  TestCertOptions options;
  options.common_name = "www.example.org";
  EXPECT_THAT(ConnectTo(options, "www.example.org"),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       AllOf(HasSubstr("(CN=www.example.org)"),
                             HasSubstr("hostname mismatch"))));
}

TEST_P(VerificationTest, WildcardIsOneWholeLabel) {
  TestCertOptions options;
  options.dns_names = {"*.example.org"};
  EXPECT_THAT(ConnectTo(options, "www.example.org"), IsOk());
  EXPECT_THAT(ConnectTo(options, "a.b.example.org"),
              StatusIs(absl::StatusCode::kUnauthenticated));
  options.dns_names = {"w*.example.org"};
  EXPECT_THAT(ConnectTo(options, "www.example.org"),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_P(VerificationTest, AddressesAreMatchedAsAddresses) {
  TestCertOptions options;
  options.dns_names = {"192.0.2.2"};
  options.ip_addresses = {"192.0.2.1", "2001:db8::1"};
  EXPECT_THAT(ConnectTo(options, "192.0.2.1"), IsOk());
  EXPECT_THAT(ConnectTo(options, "2001:db8::1"), IsOk());
  EXPECT_THAT(ConnectTo(options, "192.0.2.2"),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       HasSubstr("IP address mismatch; it is not for "
                                 "192.0.2.2")));
}

TEST_P(VerificationTest, IntermediateIsNamedByItsPlace) {
  TestCa ca("Short-lived CA", TestKeyKind::kP256, 104);
  TestSite site(TestKeyKind::kP256, 0, {"www.example.org"}, ca);
  TestCertOptions options;
  options.is_ca = true;
  options.common_name = "Short-lived CA";
  site.chain_pem += SiteCa().Issue(ca.key_pem(), Expired(options));
  EXPECT_THAT(Connect(site, "www.example.org"),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       "certificate 1 above the server's (CN=Short-lived CA) "
                       "does not verify: certificate has expired"));
}

INSTANTIATE_TEST_SUITE_P(Versions, VerificationTest,
                         Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& info) {
                           return info.param == TLS1_2_VERSION ? "Tls12"
                                                               : "Tls13";
                         });

TEST(ClientHandshakeTest, HelloRetryRequest) {
  TestSite site(TestKeyKind::kP384);
  RawContext context = ServerWith(site);
  context.Groups("P-384");  // our key share is for X25519
  auto server = RawPeer::Server(context);
  OurEnd client = OurEnd::Client(Built(TestClient()));
  const HandshakeOutcome outcome = RunHandshake(client, *server);
  ASSERT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(server->seen().hello_retry_requests, 1);
  EXPECT_EQ(client.facts().peer_scheme, SignatureScheme::kEcdsaSecp384r1Sha384);
  EXPECT_THAT(CheckDataFlows(client, *server), IsOk());
}

TEST(ClientHandshakeTest, AddressIsNotSentAsServerName) {
  TestSite site(TestKeyKind::kP256);
  OurEnd server = OurEnd::Server(Built(ServerOf(site)));
  OurEnd client = OurEnd::Client(Built(TestClient()), "192.0.2.1");
  EXPECT_THAT(RunHandshake(client, server).client,
              StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_EQ(site.key->choices(), 1);
}

TEST(ClientHandshakeTest, BadServerNameIsRefusedAtOnce) {
  for (const char* name : {"", "a b", "*.example.org", "www..org",
                           "www.example.org\n", "1.2.3.4.5/8"}) {
    EXPECT_THAT(TlsConnection::Client(Built(TestClient()), name).status(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("neither a DNS name nor an IP address")))
        << name;
  }
}

TEST(ClientHandshakeTest, ServersAlertIsNamed) {
  TestSite site(TestKeyKind::kP256);
  site.key->FailSigning(absl::UnavailableError("the signer is away"));
  OurEnd server = OurEnd::Server(Built(ServerOf(site)));
  OurEnd client = OurEnd::Client(Built(TestClient()));
  EXPECT_THAT(RunHandshake(client, server).client,
              StatusIs(absl::StatusCode::kAborted,
                       "the peer sent the alert internal_error"));
}

TEST(ClientHandshakeTest, OldServerIsRefused) {
  TestSite site(TestKeyKind::kRsa2048);
  RawContext context = ServerWith(site);
  context.SecurityLevel(0).Versions(TLS1_1_VERSION, TLS1_1_VERSION);
  auto server = RawPeer::Server(context);
  OurEnd client = OurEnd::Client(Built(TestClient()));
  EXPECT_THAT(RunHandshake(client, *server).client,
              StatusIs(absl::StatusCode::kAborted,
                       "the peer sent the alert protocol_version"));
}

class AlpnTest : public ::testing::Test {
 protected:
  HandshakeOutcome Run(std::vector<std::string> of_client,
                       std::vector<std::string> of_server) {
    ServerConfig::Builder server = ServerOf(site_);
    server.SetAlpnProtocols(std::move(of_server));
    ClientConfig::Builder client = TestClient();
    client.SetAlpnProtocols(std::move(of_client));
    server_ = std::make_unique<OurEnd>(OurEnd::Server(Built(server)));
    client_ = std::make_unique<OurEnd>(OurEnd::Client(Built(client)));
    return RunHandshake(*client_, *server_);
  }

  TestSite site_{TestKeyKind::kP256};
  std::unique_ptr<OurEnd> server_;
  std::unique_ptr<OurEnd> client_;
};

TEST_F(AlpnTest, ServersOrderDecides) {
  ASSERT_TRUE(Run({"http/1.1", "h2"}, {"h2", "http/1.1"}).ok());
  EXPECT_EQ(server_->facts().alpn_protocol, "h2");
  EXPECT_EQ(client_->facts().alpn_protocol, "h2");
}

TEST_F(AlpnTest, NothingInCommonIsRefused) {
  const HandshakeOutcome outcome = Run({"h2"}, {"http/1.1"});
  EXPECT_THAT(outcome.server, StatusIs(absl::StatusCode::kInvalidArgument,
                                       HasSubstr("no application protocol")));
  EXPECT_THAT(outcome.client,
              StatusIs(absl::StatusCode::kAborted,
                       "the peer sent the alert no_application_protocol"));
}

TEST_F(AlpnTest, OneSideAloneIsNoProtocol) {
  ASSERT_TRUE(Run({}, {"h2"}).ok());
  EXPECT_EQ(server_->facts().alpn_protocol, "");
  ASSERT_TRUE(Run({"h2"}, {}).ok());
  EXPECT_EQ(client_->facts().alpn_protocol, "");
}

}  // namespace
}  // namespace keyhold
