// Streams over real sockets, both ends in this process on two threads.
#include "tls_lib/tls/tls_stream.h"

#include <sys/socket.h>

#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/base/unique_fd.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/testing/test_site.h"
#include "tls_lib/tls/unexpected_eof.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using tls_testing::Built;
using tls_testing::ServerOf;
using tls_testing::TestClient;
using tls_testing::TestSite;

constexpr absl::Duration kLong = absl::Minutes(1);
constexpr absl::Duration kShort = absl::Milliseconds(20);

std::pair<UniqueFd, UniqueFd> SocketPair() {
  int fds[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

class TlsStreamTest : public ::testing::TestWithParam<TlsVersion> {
 protected:
  // Both ends of a handshake, or the first error of each.
  void Connect() {
    auto [for_client, for_server] = SocketPair();
    std::thread thread([this, fd = std::move(for_server)]() mutable {
      server_ = TlsStream::Accept(std::move(fd), Built(server_builder_), kLong);
    });
    client_builder_.SetVersions(GetParam(), GetParam());
    client_ = TlsStream::Connect(std::move(for_client), Built(client_builder_),
                                 name_, kLong);
    thread.join();
  }
  TlsStream& client() { return **client_; }
  TlsStream& server() { return **server_; }

  std::string name_ = "www.example.org";
  TestSite site_{TestKeyKind::kP256};
  ServerConfig::Builder server_builder_ = ServerOf(site_);
  ClientConfig::Builder client_builder_ = TestClient();
  absl::StatusOr<std::unique_ptr<TlsStream>> client_;
  absl::StatusOr<std::unique_ptr<TlsStream>> server_;
  char buffer_[4096];
};

TEST_P(TlsStreamTest, CarriesDataAndACleanEndBothWays) {
  Connect();
  ASSERT_THAT(client_, IsOk());
  ASSERT_THAT(server_, IsOk());
  EXPECT_EQ(client().facts().version, GetParam());
  EXPECT_EQ(server().facts().server_name, "www.example.org");
  ASSERT_THAT(client().Write("question", kLong), IsOk());
  ASSERT_THAT(client().Shutdown(kLong), IsOk());
  absl::Span<char> out = absl::MakeSpan(buffer_);
  ASSERT_THAT(server().Read(out, kLong), IsOkAndHolds(8u));
  EXPECT_EQ(std::string(buffer_, 8), "question");
  EXPECT_THAT(server().Read(out, kLong), IsOkAndHolds(0u));
  EXPECT_THAT(server().Read(out, kLong), IsOkAndHolds(0u));
  ASSERT_THAT(server().Write("answer", kLong), IsOk());
  ASSERT_THAT(server().Shutdown(kLong), IsOk());
  EXPECT_THAT(client().Read(out, kLong), IsOkAndHolds(6u));
  EXPECT_THAT(client().Read(out, kLong), IsOkAndHolds(0u));
}

TEST_P(TlsStreamTest, ReadWithoutRoomIsRefused) {
  Connect();
  ASSERT_THAT(client_, IsOk());
  EXPECT_THAT(client().Read({}, kLong),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       ::testing::HasSubstr("at least one byte")));
}

TEST_P(TlsStreamTest, MoreThanTheSocketHoldsGetsThrough) {
  Connect();
  ASSERT_THAT(client_, IsOk());
  const std::string sent(3 * 1000 * 1000, 'x');
  std::thread writer([&] {
    EXPECT_THAT(client().Write(sent, kLong), IsOk());
    EXPECT_THAT(client().Shutdown(kLong), IsOk());
  });
  size_t total = 0;
  while (true) {
    absl::StatusOr<size_t> size = server().Read(absl::MakeSpan(buffer_), kLong);
    ASSERT_THAT(size, IsOk());
    if (*size == 0) break;
    total += *size;
  }
  writer.join();
  EXPECT_EQ(total, sent.size());
}

TEST_P(TlsStreamTest, EndWithoutCloseNotifyIsDataLossForTheServer) {
  Connect();
  ASSERT_THAT(server_, IsOk());
  client_->reset();
  absl::Status status = server().Read(absl::MakeSpan(buffer_), kLong).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_TRUE(IsUnexpectedEof(status));
}

TEST_P(TlsStreamTest, EndWithoutCloseNotifyIsDataLossForTheClient) {
  Connect();
  ASSERT_THAT(client_, IsOk());
  ASSERT_THAT(server().Write("first half", kLong), IsOk());
  server_->reset();
  EXPECT_THAT(client().Read(absl::MakeSpan(buffer_), kLong), IsOkAndHolds(10u));
  EXPECT_TRUE(
      IsUnexpectedEof(client().Read(absl::MakeSpan(buffer_), kLong).status()));
}

TEST_P(TlsStreamTest, ReadTimesOutAndCanBeRepeated) {
  Connect();
  ASSERT_THAT(client_, IsOk());
  EXPECT_THAT(client().Read(absl::MakeSpan(buffer_), kShort),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       "timed out waiting for the peer: data"));
  ASSERT_THAT(server().Write("late", kLong), IsOk());
  EXPECT_THAT(client().Read(absl::MakeSpan(buffer_), kLong), IsOkAndHolds(4u));
}

TEST_P(TlsStreamTest, WriteTimesOutWhenNobodyReads) {
  Connect();
  ASSERT_THAT(client_, IsOk());
  EXPECT_THAT(client().Write(std::string(10 * 1000 * 1000, 'x'), kShort),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       "timed out waiting for the peer: room to send data"));
}

TEST_P(TlsStreamTest, WritingToAClosedSocketIsAnErrorAndNoSignal) {
  Connect();
  ASSERT_THAT(client_, IsOk());
  server_->reset();
  absl::Status status = client().Write("into the void", kLong);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable,
                               HasSubstr("the connection failed: send: ")));
}

TEST_P(TlsStreamTest, AlertOfARefusalIsSentBeforeTheEnd) {
  site_.key->FailSigning(absl::PermissionDeniedError("not here"));
  Connect();
  EXPECT_THAT(server_.status(),
              StatusIs(absl::StatusCode::kPermissionDenied, "not here"));
  EXPECT_THAT(client_.status(),
              StatusIs(absl::StatusCode::kAborted,
                       "the peer sent the alert internal_error"));
}

TEST_P(TlsStreamTest, ClientsRefusalReachesTheServer) {
  name_ = "other.example.org";
  Connect();
  EXPECT_THAT(client_.status(), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(server_.status(),
              StatusIs(absl::StatusCode::kAborted,
                       "the peer sent the alert bad_certificate"));
}

INSTANTIATE_TEST_SUITE_P(Versions, TlsStreamTest,
                         ::testing::Values(TlsVersion::kTls12,
                                           TlsVersion::kTls13),
                         [](const auto& info) {
                           return info.param == TlsVersion::kTls12 ? "Tls12"
                                                                   : "Tls13";
                         });

TEST(TlsStreamHandshakeTest, SilentPeerTimesOut) {
  TestSite site(TestKeyKind::kP256);
  auto [ours, peers] = SocketPair();
  EXPECT_THAT(TlsStream::Accept(std::move(ours), Built(ServerOf(site)), kShort)
                  .status(),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       "timed out waiting for the peer: the TLS handshake"));
}

TEST(TlsStreamHandshakeTest, PeerThatHangsUpIsUnavailable) {
  TestSite site(TestKeyKind::kP256);
  auto [ours, peers] = SocketPair();
  peers.Reset();
  EXPECT_THAT(
      TlsStream::Accept(std::move(ours), Built(ServerOf(site)), kLong).status(),
      StatusIs(absl::StatusCode::kUnavailable,
               "the peer closed the connection during the TLS handshake"));
  auto [client, server] = SocketPair();
  shutdown(server.get(), SHUT_WR);
  EXPECT_THAT(TlsStream::Connect(std::move(client), Built(TestClient()),
                                 "www.example.org", kLong)
                  .status(),
              StatusIs(absl::StatusCode::kUnavailable,
                       "the peer closed the connection during the TLS "
                       "handshake"));
}

TEST(TlsStreamHandshakeTest, NotASocketIsUnavailable) {
  TestSite site(TestKeyKind::kP256);
  EXPECT_THAT(
      TlsStream::Accept(UniqueFd(), Built(ServerOf(site)), kLong).status(),
      StatusIs(absl::StatusCode::kUnavailable,
               "the connection failed: recv: Bad file descriptor"));
}

}  // namespace
}  // namespace keyhold
