#include "tls_lib/tls/trust_anchors.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/testing/endpoint.h"
#include "tls_lib/tls/testing/raw_peer.h"
#include "tls_lib/tls/testing/test_site.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using tls_testing::OtherCa;
using tls_testing::OurEnd;
using tls_testing::RawContext;
using tls_testing::RawPeer;
using tls_testing::SiteCa;
using tls_testing::TestSite;

TEST(TrustAnchorsTest, FingerprintIsOfTheSet) {
  const std::string a = SiteCa().cert_pem();
  const std::string b = OtherCa().cert_pem();
  const std::string of_a = TrustAnchors::FromPem(a).value()->fingerprint();
  const std::string of_ab = TrustAnchors::FromPem(a + b).value()->fingerprint();
  EXPECT_EQ(of_a.size(), 32u);
  EXPECT_NE(of_a, of_ab);
  EXPECT_EQ(TrustAnchors::FromPem(b + a).value()->fingerprint(), of_ab);
  EXPECT_EQ(TrustAnchors::FromPem(a + a).value()->fingerprint(), of_a);
  EXPECT_NE(TrustAnchors::System().value()->fingerprint(), of_a);
}

TEST(TrustAnchorsTest, NoCertificateIsRefused) {
  EXPECT_THAT(TrustAnchors::FromPem("").status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("no certificate")));
  EXPECT_THAT(TrustAnchors::FromPem(TestKeyPem(TestKeyKind::kP256)).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

absl::Status ConnectTrusting(std::shared_ptr<const TrustAnchors> anchors,
                             const TestSite& site) {
  auto server =
      RawPeer::Server(RawContext::Server(site.chain_pem, site.key_pem));
  OurEnd client = OurEnd::Client(
      tls_testing::Built(ClientConfig::Builder(std::move(anchors))));
  return RunHandshake(client, *server).client;
}

TEST(TrustAnchorsTest, AnyGivenCertificateIsAnAnchor) {
  TestCa intermediate = SiteCa().IssueCa("Intermediate");
  TestSite site(TestKeyKind::kP256, 0, {"www.example.org"}, intermediate);
  EXPECT_THAT(ConnectTrusting(
                  TrustAnchors::FromPem(intermediate.cert_pem()).value(), site),
              IsOk());
  EXPECT_THAT(
      ConnectTrusting(TrustAnchors::FromPem(site.chain_pem).value(), site),
      IsOk());
  EXPECT_THAT(ConnectTrusting(
                  TrustAnchors::FromPem(OtherCa().cert_pem()).value(), site),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST(TrustAnchorsTest, SystemDoesNotTrustATestCa) {
  TestSite site(TestKeyKind::kP256);
  EXPECT_THAT(ConnectTrusting(TrustAnchors::System().value(), site),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       HasSubstr("unable to get local issuer certificate")));
}

}  // namespace
}  // namespace keyhold
