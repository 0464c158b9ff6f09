// How a server of tls_lib refuses: the status for its owner, and the alert
// that the peer sees.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/testing/endpoint.h"
#include "tls_lib/tls/testing/raw_peer.h"
#include "tls_lib/tls/testing/test_site.h"
#include "tls_lib/tls/unexpected_eof.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using tls_testing::Built;
using tls_testing::HandshakeOutcome;
using tls_testing::OurEnd;
using tls_testing::RawContext;
using tls_testing::RawPeer;
using tls_testing::RunHandshake;
using tls_testing::ServerOf;
using tls_testing::SiteCa;
using tls_testing::TestSite;

class ServerRefusalTest : public ::testing::TestWithParam<int> {
 protected:
  RawContext Context() {
    RawContext context = RawContext::Client(SiteCa().cert_pem());
    context.Versions(GetParam(), GetParam());
    return context;
  }
  HandshakeOutcome Ask(const RawContext& context) {
    OurEnd server = OurEnd::Server(Built(ServerOf(site_)));
    client_ = RawPeer::Client(context);
    return RunHandshake(*client_, server);
  }
  absl::Status WithFailedSignature(absl::Status status) {
    site_.key->FailSigning(std::move(status));
    return Ask(Context()).server;
  }

  TestSite site_{TestKeyKind::kP256};
  std::unique_ptr<RawPeer> client_;
};

TEST_P(ServerRefusalTest, NoSchemeInCommon) {
  RawContext context = Context();
  context.Sigalgs("rsa_pss_rsae_sha256:ed25519");
  EXPECT_THAT(Ask(context).server,
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(client_->seen().alert_received, SSL_AD_HANDSHAKE_FAILURE);
  EXPECT_EQ(site_.key->signatures(), 0);
}

TEST_P(ServerRefusalTest, SignerAwayWhenChoosing) {
  site_.key->FailChoosing(absl::UnavailableError("the signer is away"));
  EXPECT_THAT(Ask(Context()).server,
              StatusIs(absl::StatusCode::kUnavailable, "the signer is away"));
  EXPECT_EQ(client_->seen().alert_received, SSL_AD_INTERNAL_ERROR);
  EXPECT_EQ(site_.key->last_known_choices(), 0)
      << "only a resumption goes on without a choice";
}

TEST_P(ServerRefusalTest, StatusOfTheSignatureComesThroughWithItsReason) {
  const absl::Status refused =
      WithReason(absl::PermissionDeniedError("this identity may not use it"),
                 ErrorReason::kUsageNotAllowed);
  EXPECT_EQ(WithFailedSignature(refused), refused);
  EXPECT_EQ(client_->seen().alert_received, SSL_AD_INTERNAL_ERROR);
}

TEST_P(ServerRefusalTest, DataLossOfASignatureIsNoUnexpectedEof) {
  const absl::Status status = WithFailedSignature(
      WithReason(absl::DataLossError("the signature failed its check"),
                 ErrorReason::kSignatureCheckFailed));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal,
                               "the signature failed its check"));
  EXPECT_EQ(GetReason(status), ErrorReason::kSignatureCheckFailed);
  EXPECT_FALSE(IsUnexpectedEof(status));
}

TEST_P(ServerRefusalTest, ConnectionStaysFailed) {
  site_.key->FailSigning(absl::UnavailableError("the signer is away"));
  OurEnd server = OurEnd::Server(Built(ServerOf(site_)));
  client_ = RawPeer::Client(Context());
  const HandshakeOutcome outcome = RunHandshake(*client_, server);
  site_.key->FailSigning(absl::OkStatus());
  EXPECT_EQ(server.Step().status(), outcome.server);
  EXPECT_EQ(server.connection().facts(), nullptr);
}

TEST_P(ServerRefusalTest, UntrustingClientIsQuoted) {
  RawContext context = RawContext::Client(tls_testing::OtherCa().cert_pem());
  context.Versions(GetParam(), GetParam());
  EXPECT_THAT(Ask(context).server,
              StatusIs(absl::StatusCode::kAborted,
                       "the peer sent the alert unknown_ca"));
}

INSTANTIATE_TEST_SUITE_P(Versions, ServerRefusalTest,
                         ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& info) {
                           return info.param == TLS1_2_VERSION ? "Tls12"
                                                               : "Tls13";
                         });

// A ClientHello of libssl's without its signature_algorithms extension, which
// then stands for SHA-1 (RFC 5246 §7.4.1.4.1).
std::string WithoutSignatureAlgorithms(std::string record) {
  const std::string type("\x00\x0d\x00", 3);
  // The random bytes at the front may look like anything.
  const size_t at = record.find(type, 100);
  // An extension type that nobody knows keeps all lengths right.
  record[at] = '\x7f';
  return record;
}

TEST(LegacyClientTest, NoSignatureAlgorithmsMeansSha1) {
  for (TestKeyKind kind : {TestKeyKind::kRsa2048, TestKeyKind::kP256}) {
    // RFC 8446 §9.2 has missing_extension for TLS 1.3, which libssl cannot say
    // at this point.
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      TestSite site(kind);
      OurEnd server = OurEnd::Server(Built(ServerOf(site)));
      RawContext context = RawContext::Client(SiteCa().cert_pem());
      context.Versions(version, version);
      auto client = RawPeer::Client(context);
      ASSERT_THAT(client->Step(), IsOkAndHolds(false));
      server.Push(WithoutSignatureAlgorithms(client->Take()));
      EXPECT_THAT(server.Step(),
                  StatusIs(absl::StatusCode::kFailedPrecondition));
      client->Push(server.Take());
      client->Step().IgnoreError();
      EXPECT_EQ(client->seen().alert_received, SSL_AD_HANDSHAKE_FAILURE);
    }
  }
}

TEST(LegacyClientTest, Sha1IsNotServed) {
  TestSite site(TestKeyKind::kRsa2048);
  OurEnd server = OurEnd::Server(Built(ServerOf(site)));
  RawContext context = RawContext::Client(SiteCa().cert_pem());
  context.SecurityLevel(0).Sigalgs("RSA+SHA1:ECDSA+SHA1");
  context.Versions(TLS1_2_VERSION, TLS1_2_VERSION);
  auto client = RawPeer::Client(context);
  EXPECT_THAT(RunHandshake(*client, server).server,
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(client->seen().alert_received, SSL_AD_HANDSHAKE_FAILURE);
}

TEST(LegacyClientTest, Tls11IsRefused) {
  TestSite site(TestKeyKind::kRsa2048);
  OurEnd server = OurEnd::Server(Built(ServerOf(site)));
  RawContext context = RawContext::Client(SiteCa().cert_pem());
  context.SecurityLevel(0).Versions(TLS1_1_VERSION, TLS1_1_VERSION);
  auto client = RawPeer::Client(context);
  EXPECT_THAT(RunHandshake(*client, server).server,
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "no TLS handshake with this peer: unsupported "
                       "protocol"));
  EXPECT_EQ(client->seen().alert_received, SSL_AD_PROTOCOL_VERSION);
}

TEST(LegacyClientTest, CbcSuitesAreRefused) {
  TestSite site(TestKeyKind::kRsa2048);
  OurEnd server = OurEnd::Server(Built(ServerOf(site)));
  RawContext context = RawContext::Client(SiteCa().cert_pem());
  context.Versions(TLS1_2_VERSION, TLS1_2_VERSION)
      .Tls12Suites("ECDHE-RSA-AES128-SHA:AES128-GCM-SHA256");
  auto client = RawPeer::Client(context);
  EXPECT_THAT(RunHandshake(*client, server).server,
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("its cipher suites or groups for TLS 1.2 "
                                 "exclude keys of type RSA")));
  EXPECT_EQ(client->seen().alert_received, SSL_AD_HANDSHAKE_FAILURE);
}

TEST(NotTlsTest, PlaintextIsRefused) {
  TestSite site(TestKeyKind::kP256);
  OurEnd server = OurEnd::Server(Built(ServerOf(site)));
  server.Push("GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n");
  EXPECT_THAT(server.Step(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "no TLS handshake with this peer: http request"));
}

TEST(NotTlsTest, EveryTruncatedClientHelloIsRefusedOrWaitedFor) {
  TestSite site(TestKeyKind::kP256);
  auto config = Built(ServerOf(site));
  auto client = RawPeer::Client(RawContext::Client(SiteCa().cert_pem()));
  ASSERT_THAT(client->Step(), IsOkAndHolds(false));
  const std::string hello = client->Take();
  for (size_t size = 0; size < hello.size(); ++size) {
    OurEnd server = OurEnd::Server(config);
    server.Push(hello.substr(0, size));
    EXPECT_THAT(server.Step(), IsOkAndHolds(false)) << size;
    server.connection().TransportEof();
    EXPECT_THAT(server.Step(),
                StatusIs(absl::StatusCode::kUnavailable,
                         "the peer closed the connection during the TLS "
                         "handshake"))
        << size;
  }
}

TEST(NotTlsTest, EveryChangedByteOfAClientHelloEndsInOrder) {
  TestSite site(TestKeyKind::kP256);
  auto config = Built(ServerOf(site));
  auto client = RawPeer::Client(RawContext::Client(SiteCa().cert_pem()));
  ASSERT_THAT(client->Step(), IsOkAndHolds(false));
  const std::string hello = client->Take();
  for (size_t at = 0; at < hello.size(); ++at) {
    std::string changed = hello;
    changed[at] = static_cast<char>(changed[at] ^ 0xff);
    OurEnd server = OurEnd::Server(config);
    server.Push(changed);
    server.Step().IgnoreError();  // must only not crash, nor finish
    EXPECT_EQ(server.connection().facts(), nullptr);
  }
}

}  // namespace
}  // namespace keyhold
