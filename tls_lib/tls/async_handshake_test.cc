// Handshakes that do not block while their key is asked.
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/tls/internal/fiber_stack.h"
#include "tls_lib/tls/testing/async_pair.h"
#include "tls_lib/tls/testing/raw_peer.h"
#include "tls_lib/tls/tls_connection.h"

namespace keyhold {
namespace {

using tls_internal::FiberStack;
using tls_testing::AsyncPair;
using tls_testing::AsyncSite;
using tls_testing::Built;
using tls_testing::SiteAnchors;
using tls_testing::TestClient;
using tls_testing::TestSite;

constexpr int kTls13 = static_cast<int>(TlsVersion::kTls13);

class AsyncHandshakeTest
    : public testing::TestWithParam<std::tuple<TlsVersion, TestKeyKind>> {
 protected:
  TlsVersion version() const { return std::get<0>(GetParam()); }
  TestKeyKind kind() const { return std::get<1>(GetParam()); }

  ServerConfig::Builder Server(const AsyncSite& site) const {
    ServerConfig::Builder builder(site.Resolver());
    builder.SetVersions(version(), version());
    return builder;
  }
  // Steps `pair`, answering one question at a time, and counts them.
  static int RunAnswering(AsyncPair& pair, tls_testing::AsyncFakeKey& key) {
    int answers = 0;
    pair.Run();
    while (key.Answer()) {
      ++answers;
      pair.Run();
    }
    return answers;
  }
};

TEST_P(AsyncHandshakeTest, ServerWaitsForItsSignature) {
  AsyncSite site(kind());
  AsyncPair pair(Built(Server(site)), Built(TestClient()));
  pair.Run();
  ASSERT_TRUE(pair.server.waits_for_key());
  EXPECT_EQ(site.key->waiting(), 1);
  EXPECT_EQ(pair.server.wake_ups, 0);
  // Asking too early changes nothing.
  pair.Run();
  EXPECT_TRUE(pair.server.waits_for_key());
  EXPECT_EQ(site.key->signatures_asked(), 1);

  ASSERT_TRUE(site.key->Answer());
  EXPECT_EQ(pair.server.wake_ups, 1);
  pair.Run();
  EXPECT_TRUE(pair.done()) << pair.server.status << pair.client.status;
  EXPECT_EQ(site.key->signatures_asked(), 1);
  EXPECT_EQ(FiberStack::InUse(), 0u);
}

TEST_P(AsyncHandshakeTest, ServerWaitsForTheSchemeToo) {
  AsyncSite site(kind());
  site.key->AskForSchemes(true);
  AsyncPair pair(Built(Server(site)), Built(TestClient()));
  EXPECT_EQ(RunAnswering(pair, *site.key), 2);
  EXPECT_TRUE(pair.done()) << pair.server.status << pair.client.status;
  EXPECT_EQ(pair.server.wake_ups, 2);
  EXPECT_EQ(site.key->schemes_asked(), 1);
}

TEST_P(AsyncHandshakeTest, ClientWaitsForSchemeAndSignature) {
  TestSite server_site(TestKeyKind::kP256);
  AsyncSite site(kind(), 1);
  site.key->AskForSchemes(true);
  ServerConfig::Builder server = tls_testing::ServerOf(server_site);
  server.SetVersions(version(), version());
  server.SetClientAuthentication(ClientAuthentication::kRequired,
                                 SiteAnchors());
  ClientConfig::Builder client = TestClient();
  client.SetClientCertResolver(site.ClientResolver());
  AsyncPair pair(Built(server), Built(client));
  EXPECT_EQ(RunAnswering(pair, *site.key), 2);
  EXPECT_TRUE(pair.done()) << pair.server.status << pair.client.status;
  EXPECT_EQ(pair.client.wake_ups, 2);
  EXPECT_FALSE(pair.server.connection->facts()->peer_chain_der.empty());
}

TEST_P(AsyncHandshakeTest, AFailedSignatureFailsTheHandshakeWithItsStatus) {
  AsyncSite site(kind());
  AsyncPair pair(Built(Server(site)), Built(TestClient()));
  pair.Run();
  ASSERT_TRUE(site.key->Answer(absl::DeadlineExceededError("too slow")));
  pair.Run();
  EXPECT_THAT(pair.server.status,
              StatusIs(absl::StatusCode::kDeadlineExceeded, "too slow"));
  EXPECT_THAT(pair.client.status,
              StatusIs(absl::StatusCode::kAborted,
                       "the peer sent the alert internal_error"));
}

TEST_P(AsyncHandshakeTest, AFailedChoiceFailsTheHandshakeWithItsAlert) {
  AsyncSite site(kind());
  site.key->AskForSchemes(true);
  AsyncPair pair(Built(Server(site)), Built(TestClient()));
  pair.Run();
  ASSERT_TRUE(site.key->Answer(
      WithReason(absl::FailedPreconditionError("nothing in common"),
                 ErrorReason::kNoCommonScheme)));
  pair.Run();
  EXPECT_TRUE(absl::IsFailedPrecondition(pair.server.status));
  EXPECT_THAT(pair.client.status,
              StatusIs(absl::StatusCode::kAborted,
                       "the peer sent the alert handshake_failure"));
}

TEST_P(AsyncHandshakeTest, TheKeyIsToldTheDeadline) {
  AsyncSite site(kind());
  ServerConfig::Builder server = Server(site);
  server.SetSignatureTimeout(absl::Hours(7));
  const absl::Time before = absl::Now();
  AsyncPair pair(Built(server), Built(TestClient()));
  pair.Run();
  EXPECT_GE(site.key->last_deadline(), before + absl::Hours(7));
  EXPECT_LE(site.key->last_deadline(), absl::Now() + absl::Hours(7));
}

TEST_P(AsyncHandshakeTest, AResumptionWaitsForNothing) {
  AsyncSite site(kind());
  auto server_config = Built(Server(site));
  auto client_config = Built(TestClient());
  {
    AsyncPair pair(server_config, client_config);
    EXPECT_EQ(RunAnswering(pair, *site.key), 1);
    ASSERT_TRUE(pair.done());
    char byte;
    // Takes the tickets in.
    ASSERT_THAT(pair.client.connection->Read({&byte, 1}), IsOk());
  }
  AsyncPair pair(server_config, client_config);
  pair.Run();
  EXPECT_TRUE(pair.done());
  EXPECT_TRUE(pair.server.connection->facts()->resumed);
  EXPECT_EQ(site.key->signatures_asked(), 1);
}

TEST_P(AsyncHandshakeTest, ManyThreadsMayTakeTurns) {
  AsyncSite site(kind());
  site.key->AskForSchemes(true);
  AsyncPair pair(Built(Server(site)), Built(TestClient()));
  while (!pair.server.ended || !pair.client.ended) {
    std::thread([&pair] { pair.Run(); }).join();
    std::thread([&site] { site.key->Answer(); }).join();
  }
  EXPECT_TRUE(pair.done()) << pair.server.status << pair.client.status;
}

TEST_P(AsyncHandshakeTest, AnswersWhileTheOwnerKeepsAsking) {
  AsyncSite site(kind());
  site.key->AskForSchemes(true);
  AsyncPair pair(Built(Server(site)), Built(TestClient()));
  absl::Notification over;
  std::thread answerer([&] {
    while (!over.HasBeenNotified()) site.key->Answer();
  });
  while (!pair.server.ended || !pair.client.ended) pair.Run();
  over.Notify();
  answerer.join();
  EXPECT_TRUE(pair.done()) << pair.server.status << pair.client.status;
}

std::string ParamName(
    const testing::TestParamInfo<std::tuple<TlsVersion, TestKeyKind>>& info) {
  const TestKeyKind kind = std::get<1>(info.param);
  return std::string(std::get<0>(info.param) == TlsVersion::kTls12 ? "Tls12"
                                                                   : "Tls13") +
         "Kind" + std::to_string(static_cast<int>(kind));
}

INSTANTIATE_TEST_SUITE_P(
    All, AsyncHandshakeTest,
    testing::Combine(testing::Values(TlsVersion::kTls12, TlsVersion::kTls13),
                     testing::Values(TestKeyKind::kRsa2048, TestKeyKind::kP256,
                                     TestKeyKind::kP384,
                                     TestKeyKind::kEd25519)),
    ParamName);

TEST(AsyncHandshake, AHelloRetryRequestAsksForASchemeTwice) {
  AsyncSite site(TestKeyKind::kP256);
  site.key->AskForSchemes(true);
  auto connection =
      TlsConnection::Server(Built(ServerConfig::Builder(site.Resolver())))
          .value();
  connection->SetWakeUp([] {});
  auto context =
      tls_testing::RawContext::Client(tls_testing::SiteCa().cert_pem());
  // A share for a group that we do not have comes first.
  context.Versions(kTls13, kTls13).Groups("ffdhe2048:P-384");
  auto client = tls_testing::RawPeer::Client(context);
  absl::StatusOr<HandshakeState> state = HandshakeState::kWantRead;
  bool client_done = false;
  while (state.ok() && (*state != HandshakeState::kDone || !client_done)) {
    absl::StatusOr<bool> step = client->Step();
    ASSERT_THAT(step, IsOk());
    client_done = *step;
    connection->PushCiphertext(client->Take());
    state = connection->Handshake();
    client->Push(connection->TakeCiphertext());
    site.key->Answer();
  }
  EXPECT_THAT(state, IsOk());
  EXPECT_EQ(client->seen().hello_retry_requests, 1);
  EXPECT_EQ(site.key->schemes_asked(), 2);
  EXPECT_EQ(site.key->signatures_asked(), 1);
}

TEST(AsyncHandshake, WithoutAWakeUpItBlocksInTheBlockingForm) {
  AsyncSite site(TestKeyKind::kP256);
  site.key->AskForSchemes(true);
  AsyncPair pair(Built(ServerConfig::Builder(site.Resolver())),
                 Built(TestClient()));
  pair.server.connection->SetWakeUp(nullptr);
  pair.Run();
  EXPECT_TRUE(pair.done()) << pair.server.status << pair.client.status;
  EXPECT_EQ(site.key->signatures_asked(), 0);
}

TEST(AsyncHandshake, AKeyWithoutAsynchronousFormBlocks) {
  TestSite site(TestKeyKind::kP256);
  AsyncPair pair(Built(tls_testing::ServerOf(site)), Built(TestClient()));
  pair.Run();
  EXPECT_TRUE(pair.done()) << pair.server.status << pair.client.status;
  EXPECT_EQ(pair.server.wake_ups, 0);
  EXPECT_EQ(site.key->signatures(), 1);
}

TEST(AsyncHandshake, BytesMayArriveWhileItWaits) {
  AsyncSite site(TestKeyKind::kP256);
  AsyncPair pair(Built(ServerConfig::Builder(site.Resolver())),
                 Built(TestClient()));
  pair.Run();
  ASSERT_TRUE(pair.server.waits_for_key());
  pair.server.connection->TransportEof();
  site.key->Answer();
  pair.server.Step();
  EXPECT_THAT(
      pair.server.status,
      StatusIs(absl::StatusCode::kUnavailable,
               "the peer closed the connection during the TLS handshake"));
}

}  // namespace
}  // namespace keyhold
