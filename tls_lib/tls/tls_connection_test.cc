// Data, ends and misuse of connections, with libssl and with each other.
#include "tls_lib/tls/tls_connection.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/testing/endpoint.h"
#include "tls_lib/tls/testing/raw_peer.h"
#include "tls_lib/tls/testing/test_site.h"
#include "tls_lib/tls/unexpected_eof.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using tls_testing::Built;
using tls_testing::CheckDataFlows;
using tls_testing::Exchange;
using tls_testing::HandshakeOutcome;
using tls_testing::OurEnd;
using tls_testing::RawContext;
using tls_testing::RawPeer;
using tls_testing::RunHandshake;
using tls_testing::ServerOf;
using tls_testing::SiteCa;
using tls_testing::TestClient;
using tls_testing::TestSite;

absl::StatusOr<ReadResult> ReadFrom(OurEnd& end, std::string* data) {
  char buffer[256];
  absl::StatusOr<ReadResult> result =
      end.connection().Read(absl::MakeSpan(buffer));
  if (result.ok()) data->assign(buffer, result->bytes);
  return result;
}

// Our server or client, by the second parameter, and a stranger.
class ConnectionTest
    : public ::testing::TestWithParam<std::tuple<TlsVersion, bool>> {
 protected:
  void SetUp() override {
    const auto [version, we_serve] = GetParam();
    if (we_serve) {
      ServerConfig::Builder builder = ServerOf(site_);
      builder.SetVersions(version, version);
      ours_ = std::make_unique<OurEnd>(OurEnd::Server(Built(builder)));
      peer_ = RawPeer::Client(RawContext::Client(SiteCa().cert_pem()));
      client_ = peer_.get();
      server_ = ours_.get();
    } else {
      ClientConfig::Builder builder = TestClient();
      builder.SetVersions(version, version);
      ours_ = std::make_unique<OurEnd>(OurEnd::Client(Built(builder)));
      peer_ =
          RawPeer::Server(RawContext::Server(site_.chain_pem, site_.key_pem));
      client_ = ours_.get();
      server_ = peer_.get();
    }
  }
  void Connect() {
    const HandshakeOutcome outcome = RunHandshake(*client_, *server_);
    ASSERT_TRUE(outcome.ok()) << outcome;
    ASSERT_THAT(CheckDataFlows(*client_, *server_), IsOk());
  }

  TestSite site_{TestKeyKind::kP256};
  std::unique_ptr<OurEnd> ours_;
  std::unique_ptr<RawPeer> peer_;
  tls_testing::Endpoint* client_ = nullptr;
  tls_testing::Endpoint* server_ = nullptr;
  std::string data_;
};

TEST_P(ConnectionTest, CloseNotifyIsACleanEnd) {
  Connect();
  ASSERT_THAT(peer_->Write("last words"), IsOk());
  SSL_shutdown(peer_->ssl());
  Exchange(*peer_, *ours_);
  ours_->connection().TransportEof();
  absl::StatusOr<ReadResult> result = ReadFrom(*ours_, &data_);
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->state, ReadResult::State::kData);
  EXPECT_EQ(data_, "last words");
  for (int i = 0; i < 2; ++i) {
    result = ReadFrom(*ours_, &data_);
    ASSERT_THAT(result, IsOk());
    EXPECT_EQ(result->state, ReadResult::State::kClosed);
    EXPECT_EQ(result->bytes, 0u);
  }
}

TEST_P(ConnectionTest, ReadOfNoBytesHarmsNothing) {
  Connect();
  ASSERT_THAT(peer_->Write("here"), IsOk());
  Exchange(*peer_, *ours_);
  absl::StatusOr<ReadResult> result = ours_->connection().Read({});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->bytes, 0u);
  ASSERT_THAT(ReadFrom(*ours_, &data_), IsOk());
  EXPECT_EQ(data_, "here");
}

TEST_P(ConnectionTest, EofWithoutCloseNotifyIsDataLoss) {
  Connect();
  ASSERT_THAT(peer_->Write("cut o"), IsOk());
  Exchange(*peer_, *ours_);
  ours_->connection().TransportEof();
  ASSERT_THAT(ReadFrom(*ours_, &data_), IsOk());
  EXPECT_EQ(data_, "cut o");
  for (int i = 0; i < 2; ++i) {
    absl::Status status = ReadFrom(*ours_, &data_).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss,
                                 HasSubstr("without the peer's close_notify")));
    EXPECT_TRUE(IsUnexpectedEof(status));
  }
}

TEST_P(ConnectionTest, EofInsideARecordIsDataLoss) {
  Connect();
  ASSERT_THAT(peer_->Write("never whole"), IsOk());
  std::string record = peer_->Take();
  ours_->Push(record.substr(0, record.size() - 1));
  absl::StatusOr<ReadResult> result = ReadFrom(*ours_, &data_);
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->state, ReadResult::State::kWantRead);
  ours_->connection().TransportEof();
  EXPECT_TRUE(IsUnexpectedEof(ReadFrom(*ours_, &data_).status()));
}

TEST_P(ConnectionTest, PeerSeesOurMissingCloseNotify) {
  Connect();
  BIO_set_mem_eof_return(SSL_get_rbio(peer_->ssl()), 0);
  EXPECT_THAT(peer_->Read().status(), StatusIs(absl::StatusCode::kUnknown,
                                               HasSubstr("unexpected eof")));
}

TEST_P(ConnectionTest, ShutdownSendsCloseNotifyAndReadingGoesOn) {
  Connect();
  TlsConnection& connection = ours_->connection();
  ASSERT_THAT(connection.Shutdown(), IsOk());
  ASSERT_THAT(connection.Shutdown(), IsOk());
  EXPECT_THAT(connection.Write("more"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "nothing can be written after Shutdown"));
  Exchange(*ours_, *peer_);
  EXPECT_THAT(peer_->Read(), IsOkAndHolds(""));
  EXPECT_NE(SSL_get_shutdown(peer_->ssl()) & SSL_RECEIVED_SHUTDOWN, 0);
  ASSERT_THAT(peer_->Write("still here"), IsOk());
  Exchange(*peer_, *ours_);
  ASSERT_THAT(ReadFrom(*ours_, &data_), IsOk());
  EXPECT_EQ(data_, "still here");
}

TEST_P(ConnectionTest, EofDuringTheHandshakeIsOrdinary) {
  // One step each leaves both in the middle.
  client_->Step().IgnoreError();
  server_->Push(client_->Take());
  server_->Step().IgnoreError();
  server_->Take();
  ours_->connection().TransportEof();
  absl::Status status = ours_->Step().status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable,
                               "the peer closed the connection during the TLS "
                               "handshake"));
  EXPECT_FALSE(IsUnexpectedEof(status));
}

TEST_P(ConnectionTest, EofInTheMiddleOfAHandshakeMessageIsOrdinary) {
  client_->Step().IgnoreError();
  std::string flight = client_->Take();
  if (ours_.get() == client_) {
    server_->Push(flight);
    server_->Step().IgnoreError();
    flight = server_->Take();
  }
  ours_->Push(flight.substr(0, flight.size() / 2));
  ours_->Step().IgnoreError();
  ours_->connection().TransportEof();
  EXPECT_THAT(ours_->Step(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_P(ConnectionTest, TooEarlyIsRefused) {
  TlsConnection& connection = ours_->connection();
  EXPECT_THAT(connection.Write("early"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "the TLS handshake is not done yet"));
  EXPECT_THAT(ReadFrom(*ours_, &data_),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(connection.Shutdown(), IsOk());
  EXPECT_EQ(connection.facts(), nullptr);
}

TEST_P(ConnectionTest, LargeWritesArriveWhole) {
  Connect();
  std::string sent;
  for (int i = 0; sent.size() < 200000; ++i) sent += std::to_string(i) + ",";
  ASSERT_THAT(ours_->Write(sent), IsOk());
  ASSERT_THAT(ours_->Write(""), IsOk());
  peer_->Push(ours_->Take());
  std::string got;
  while (true) {
    absl::StatusOr<std::string> part = peer_->Read();
    ASSERT_THAT(part, IsOk());
    if (part->empty()) break;
    got += *part;
  }
  EXPECT_EQ(got, sent);
}

TEST_P(ConnectionTest, ChangedRecordEndsTheConnection) {
  Connect();
  ASSERT_THAT(peer_->Write("genuine"), IsOk());
  std::string record = peer_->Take();
  record.back() = static_cast<char>(record.back() ^ 1);
  ours_->Push(record);
  EXPECT_THAT(ReadFrom(*ours_, &data_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("the peer broke the TLS protocol")));
  EXPECT_THAT(ours_->Write("after"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  Exchange(*ours_, *peer_);
  EXPECT_FALSE(peer_->Read().ok());
  EXPECT_EQ(peer_->seen().alert_received, SSL_AD_BAD_RECORD_MAC);
}

TEST_P(ConnectionTest, RenegotiationIsRefusedAndTheConnectionLives) {
  if (std::get<0>(GetParam()) == TlsVersion::kTls13) return;  // has none
  Connect();
  ASSERT_EQ(SSL_renegotiate(peer_->ssl()), 1);
  SSL_do_handshake(peer_->ssl());
  Exchange(*peer_, *ours_);
  absl::StatusOr<ReadResult> result = ReadFrom(*ours_, &data_);
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->state, ReadResult::State::kWantRead);
  Exchange(*ours_, *peer_);
  SSL_do_handshake(peer_->ssl());
  peer_->Read().IgnoreError();
  EXPECT_EQ(peer_->seen().alert_received, SSL_AD_NO_RENEGOTIATION);
  EXPECT_EQ(site_.key->signatures(), std::get<1>(GetParam()) ? 1 : 0);
  ASSERT_THAT(ours_->Write("still here"), IsOk());
}

TEST_P(ConnectionTest, KeyUpdateIsAnswered) {
  if (std::get<0>(GetParam()) == TlsVersion::kTls12) return;  // has none
  Connect();
  ASSERT_EQ(SSL_key_update(peer_->ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
  EXPECT_THAT(CheckDataFlows(*peer_, *ours_), IsOk());
  EXPECT_THAT(CheckDataFlows(*ours_, *peer_), IsOk());
}

INSTANTIATE_TEST_SUITE_P(
    Ends, ConnectionTest,
    ::testing::Combine(::testing::Values(TlsVersion::kTls12,
                                         TlsVersion::kTls13),
                       ::testing::Bool()),
    [](const auto& info) {
      return std::string(std::get<0>(info.param) == TlsVersion::kTls12
                             ? "Tls12"
                             : "Tls13") +
             (std::get<1>(info.param) ? "Server" : "Client");
    });

TEST(ConnectionStateTest, SaysWhatItWaitsFor) {
  TestSite site(TestKeyKind::kP256);
  auto server = TlsConnection::Server(Built(ServerOf(site))).value();
  auto client =
      TlsConnection::Client(Built(TestClient()), "www.example.org").value();
  EXPECT_THAT(server->Handshake(), IsOkAndHolds(HandshakeState::kWantRead));
  EXPECT_THAT(client->Handshake(), IsOkAndHolds(HandshakeState::kWantWrite));
  EXPECT_GT(client->pending_ciphertext(), 0u);
  server->PushCiphertext(client->TakeCiphertext());
  EXPECT_EQ(client->pending_ciphertext(), 0u);
  EXPECT_THAT(client->Handshake(), IsOkAndHolds(HandshakeState::kWantRead));
  EXPECT_THAT(server->Handshake(), IsOkAndHolds(HandshakeState::kWantWrite));
  client->PushCiphertext(server->TakeCiphertext());
  EXPECT_THAT(client->Handshake(), IsOkAndHolds(HandshakeState::kDone));
  server->PushCiphertext(client->TakeCiphertext());
  EXPECT_THAT(server->Handshake(), IsOkAndHolds(HandshakeState::kDone));
  EXPECT_THAT(server->Handshake(), IsOkAndHolds(HandshakeState::kDone));
}

TEST(ConnectionStateTest, BytesMayComeOneByOne) {
  TestSite site(TestKeyKind::kRsa2048);
  OurEnd server = OurEnd::Server(Built(ServerOf(site)));
  OurEnd client = OurEnd::Client(Built(TestClient()));
  bool client_done = false;
  bool server_done = false;
  for (int round = 0; round < 10 && !(client_done && server_done); ++round) {
    client_done = client.Step().value();
    for (char byte : client.Take()) {
      server.Push(std::string(1, byte));
      server_done = server.Step().value();
    }
    for (char byte : server.Take()) {
      client.Push(std::string(1, byte));
      client_done = client.Step().value();
    }
  }
  EXPECT_TRUE(client_done && server_done);
  EXPECT_THAT(CheckDataFlows(client, server), IsOk());
}

}  // namespace
}  // namespace keyhold
