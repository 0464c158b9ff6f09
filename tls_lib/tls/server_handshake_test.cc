// Servers of tls_lib against libssl's own client: every type of key, both
// versions, the scheme as the peer saw it.
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/testing/endpoint.h"
#include "tls_lib/tls/testing/raw_peer.h"
#include "tls_lib/tls/testing/test_site.h"

namespace keyhold {
namespace {

using ::testing::Combine;
using ::testing::ElementsAre;
using ::testing::Values;
using ::testing::ValuesIn;
using tls_testing::Built;
using tls_testing::CheckDataFlows;
using tls_testing::HandshakeOutcome;
using tls_testing::OurEnd;
using tls_testing::RawContext;
using tls_testing::RawPeer;
using tls_testing::RunHandshake;
using tls_testing::ServerOf;
using tls_testing::SiteCa;
using tls_testing::TestSite;

RawContext ClientFor(TlsVersion version) {
  RawContext context = RawContext::Client(SiteCa().cert_pem());
  context.Versions(static_cast<int>(version), static_cast<int>(version));
  return context;
}

class EveryKeyTest
    : public ::testing::TestWithParam<std::tuple<TestKeyKind, TlsVersion>> {
 protected:
  TestKeyKind kind() const { return std::get<0>(GetParam()); }
  TlsVersion version() const { return std::get<1>(GetParam()); }

  TestSite site_{kind()};
};

TEST_P(EveryKeyTest, DefaultClientGetsTheKeysFirstPreference) {
  OurEnd server = OurEnd::Server(Built(ServerOf(site_)));
  auto client = RawPeer::Client(ClientFor(version()));
  const HandshakeOutcome outcome = RunHandshake(*client, server);
  ASSERT_TRUE(outcome.ok()) << outcome;
  const PublicKey& key = site_.key->public_key();
  SignatureScheme expected{};
  for (SignatureScheme scheme : key.DefaultPreferences()) {
    if (!key.CanMake(scheme, version())) continue;
    expected = scheme;
    break;
  }
  EXPECT_EQ(client->seen().scheme_received, expected);
  EXPECT_EQ(server.facts().own_scheme, expected);
  EXPECT_EQ(server.facts().version, version());
  EXPECT_EQ(server.facts().server_name, "www.example.org");
  EXPECT_EQ(server.facts().certified_key, site_.certified_key);
  EXPECT_FALSE(server.facts().resumed);
  EXPECT_EQ(server.facts().peer_scheme, std::nullopt);
  EXPECT_THAT(server.facts().peer_chain_der, ElementsAre());
  EXPECT_EQ(site_.key->signatures(), 1);
  EXPECT_THAT(CheckDataFlows(*client, server), IsOk());
}

TEST_P(EveryKeyTest, PeerThatOffersOneSchemeGetsIt) {
  const PublicKey& key = site_.key->public_key();
  auto config = Built(ServerOf(site_));
  int tried = 0;
  for (const SchemeInfo& scheme : AllSchemes()) {
    if (!key.CanMake(scheme.scheme, version())) continue;
    ++tried;
    // The CA signs with ECDSA, which clients of one scheme do not list:
    // libssl only minds at level 1 and above in its strict mode.
    RawContext context = ClientFor(version());
    context.Sigalgs(scheme.name);
    OurEnd server = OurEnd::Server(config);
    auto client = RawPeer::Client(context);
    const HandshakeOutcome outcome = RunHandshake(*client, server);
    ASSERT_TRUE(outcome.ok()) << scheme.name << ": " << outcome;
    EXPECT_EQ(client->seen().scheme_received, scheme.scheme) << scheme.name;
    EXPECT_EQ(server.facts().own_scheme, scheme.scheme) << scheme.name;
  }
  EXPECT_GT(tried, 0);
}

TEST_P(EveryKeyTest, OrderOfTheOfferPlaysNoPart) {
  std::string backwards;
  for (const SchemeInfo& scheme : AllSchemes()) {
    backwards =
        std::string(scheme.name) + (backwards.empty() ? "" : ":") + backwards;
  }
  auto config = Built(ServerOf(site_));
  OurEnd server = OurEnd::Server(config);
  auto client = RawPeer::Client(ClientFor(version()));
  ASSERT_TRUE(RunHandshake(*client, server).ok());
  RawContext context = ClientFor(version());
  context.Sigalgs(backwards);
  OurEnd server_backwards = OurEnd::Server(config);
  auto client_backwards = RawPeer::Client(context);
  const HandshakeOutcome outcome =
      RunHandshake(*client_backwards, server_backwards);
  ASSERT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(client_backwards->seen().scheme_received,
            client->seen().scheme_received);
}

TEST_P(EveryKeyTest, HelloRetryRequestKeepsTheScheme) {
  if (version() != TlsVersion::kTls13) return;  // TLS 1.2 has none
  RawContext context = ClientFor(version());
  // The key share is for the first group, which this server does not have.
  context.Groups("X448:P-384");
  OurEnd server = OurEnd::Server(Built(ServerOf(site_)));
  auto client = RawPeer::Client(context);
  const HandshakeOutcome outcome = RunHandshake(*client, server);
  ASSERT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(client->seen().hello_retry_requests, 1);
  EXPECT_EQ(client->seen().scheme_received, server.facts().own_scheme);
  EXPECT_EQ(site_.key->choices(), 2) << "once for each ClientHello";
  EXPECT_EQ(site_.key->signatures(), 1);
  EXPECT_THAT(CheckDataFlows(*client, server), IsOk());
}

INSTANTIATE_TEST_SUITE_P(
    Keys, EveryKeyTest,
    Combine(ValuesIn(GoodTestKeyKinds()),
            Values(TlsVersion::kTls12, TlsVersion::kTls13)),
    [](const auto& info) {
      return std::string(TestKeyKindName(std::get<0>(info.param))) +
             (std::get<1>(info.param) == TlsVersion::kTls12 ? "Tls12"
                                                            : "Tls13");
    });

TEST(ServerHandshakeTest, HigherVersionOfTheTwoIsNegotiated) {
  TestSite site(TestKeyKind::kP256);
  OurEnd server = OurEnd::Server(Built(ServerOf(site)));
  auto client = RawPeer::Client(RawContext::Client(SiteCa().cert_pem()));
  ASSERT_TRUE(RunHandshake(*client, server).ok());
  EXPECT_EQ(server.facts().version, TlsVersion::kTls13);
  EXPECT_EQ(server.facts().cipher_suite, "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(site.key->last_context().version, TlsVersion::kTls13);
}

TEST(ServerHandshakeTest, VersionsCanBeLimited) {
  TestSite site(TestKeyKind::kRsa2048);
  ServerConfig::Builder builder = ServerOf(site);
  builder.SetVersions(TlsVersion::kTls12, TlsVersion::kTls12);
  OurEnd server = OurEnd::Server(Built(builder));
  auto client = RawPeer::Client(RawContext::Client(SiteCa().cert_pem()));
  const HandshakeOutcome outcome = RunHandshake(*client, server);
  ASSERT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(server.facts().version, TlsVersion::kTls12);
  EXPECT_EQ(server.facts().cipher_suite,
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
  EXPECT_EQ(site.key->last_context().version, TlsVersion::kTls12);
}

TEST(ServerHandshakeTest, WholeChainIsSent) {
  TestCa intermediate = SiteCa().IssueCa("Intermediate", TestKeyKind::kRsa2048);
  TestSite site(TestKeyKind::kEd25519, 0, {"www.example.org"}, intermediate);
  site.certified_key = CertifiedKey::CreateFromPem(
                           site.chain_pem + intermediate.cert_pem(), site.key)
                           .value();
  OurEnd server = OurEnd::Server(Built(ServerOf(site)));
  auto client = RawPeer::Client(RawContext::Client(SiteCa().cert_pem()));
  const HandshakeOutcome outcome = RunHandshake(*client, server);
  ASSERT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(sk_X509_num(SSL_get_peer_cert_chain(client->ssl())), 2);
}

TEST(ServerHandshakeTest, SignatureHasTheConfiguredTime) {
  TestSite site(TestKeyKind::kP256);
  ServerConfig::Builder builder = ServerOf(site);
  builder.SetSignatureTimeout(absl::Hours(3));
  OurEnd server = OurEnd::Server(Built(builder));
  auto client = RawPeer::Client(RawContext::Client(SiteCa().cert_pem()));
  ASSERT_TRUE(RunHandshake(*client, server).ok());
  EXPECT_GT(site.key->last_signature_time(), absl::Hours(2));
  EXPECT_LE(site.key->last_signature_time(), absl::Hours(3));
}

TEST(ServerHandshakeTest, ThreadsShareOneConfiguration) {
  TestSite ecdsa(TestKeyKind::kP256);
  TestSite rsa(TestKeyKind::kRsa2048);
  auto server_config = Built(ServerConfig::Builder(
      tls_testing::ResolverOf({{"", &ecdsa}, {"", &rsa}})));
  auto client_config = Built(tls_testing::TestClient());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 25; ++j) {
        OurEnd server = OurEnd::Server(server_config);
        OurEnd client = OurEnd::Client(client_config);
        const HandshakeOutcome outcome = RunHandshake(client, server);
        EXPECT_TRUE(outcome.ok()) << outcome;
        EXPECT_THAT(CheckDataFlows(server, client), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(ecdsa.key->signatures(), 1);
}

TEST(ServerHandshakeTest, ExpiredCertificateIsServedAllTheSame) {
  TestSite site(TestKeyKind::kP256);
  TestCertOptions options;
  options.dns_names = {"www.example.org"};
  site.certified_key =
      CertifiedKey::CreateFromPem(
          SiteCa().Issue(site.key_pem, Expired(options)), site.key)
          .value();
  OurEnd server = OurEnd::Server(Built(ServerOf(site)));
  RawContext context = RawContext::Client(SiteCa().cert_pem());
  SSL_CTX_set_verify(context.context.get(), SSL_VERIFY_NONE, nullptr);
  auto client = RawPeer::Client(context);
  EXPECT_TRUE(RunHandshake(*client, server).ok());
  EXPECT_EQ(SSL_get_verify_result(client->ssl()), X509_V_ERR_CERT_HAS_EXPIRED);
}

}  // namespace
}  // namespace keyhold
