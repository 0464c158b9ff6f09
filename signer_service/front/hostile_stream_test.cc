// Streams of clients that stop in the middle, and of those that do not read.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "signer_service/front/testing/stream_client.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

using signer::v1::SignBatchRequest;
using signer::v1::SignRequest;
using signer::v1::SignResponse;

std::string BigEndian(uint32_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text.push_back(static_cast<char>(value >> (8 * i)));
  }
  return text;
}

// A frame of HTTP/2 (RFC 9113 §4.1).
std::string Frame(int type, int flags, uint32_t stream,
                  absl::string_view payload) {
  return absl::StrCat(BigEndian(static_cast<uint32_t>(payload.size()), 3),
                      BigEndian(type, 1), BigEndian(flags, 1),
                      BigEndian(stream, 4), payload);
}

constexpr int kData = 0;
constexpr int kHeaders = 1;
constexpr int kResetStream = 3;
constexpr int kSettings = 4;
constexpr int kPing = 6;
constexpr int kEndHeaders = 4;
constexpr int kAck = 1;

// "Literal Header Field without Indexing" (RFC 7541 §6.2.2).
std::string Header(absl::string_view name, absl::string_view value) {
  return absl::StrCat(BigEndian(0, 1),
                      BigEndian(static_cast<uint32_t>(name.size()), 1), name,
                      BigEndian(static_cast<uint32_t>(value.size()), 1), value);
}

std::string CallHeaders() {
  return absl::StrCat(Header(":method", "POST"), Header(":scheme", "http"),
                      Header(":path", "/keyhold.signer.v1.Signer/SignStream"),
                      Header(":authority", "localhost"),
                      Header("te", "trailers"),
                      Header("content-type", "application/grpc"));
}

// A client of HTTP/2 over the UNIX socket, as crude as can be.
class RawClient {
 public:
  explicit RawClient(const std::string& path)
      : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(connect(socket_.get(), reinterpret_cast<sockaddr*>(&address),
                      sizeof(address)),
              0);
    Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    Send(Frame(kSettings, 0, 0, ""));
  }

  void Send(absl::string_view bytes) {
    ASSERT_EQ(send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // Begins a call, and a message of `size` bytes of which `bytes` are sent.
  void BeginMessage(uint32_t stream, uint32_t size, absl::string_view bytes) {
    Send(Frame(kHeaders, kEndHeaders, stream, CallHeaders()));
    Send(Frame(kData, 0, stream,
               absl::StrCat(BigEndian(0, 1), BigEndian(size, 4), bytes)));
  }
  void Reset(uint32_t stream) {
    Send(Frame(kResetStream, 0, stream, BigEndian(8, 4)));  // CANCEL
  }
  // Waits until the service has read all that was sent.
  void AwaitPing() {
    const std::string ping = Frame(kPing, 0, 0, "12345678");
    Send(ping);
    const std::string answer = Frame(kPing, kAck, 0, "12345678");
    std::string seen;
    char buffer[4096];
    while (seen.find(answer) == std::string::npos) {
      const ssize_t got = recv(socket_.get(), buffer, sizeof(buffer), 0);
      ASSERT_GT(got, 0);
      seen.append(buffer, static_cast<size_t>(got));
    }
  }
  void Close() { socket_.Reset(); }

 private:
  UniqueFd socket_;
};

class HostileStreamTest : public SignStreamFixture {
 protected:
  void ExpectServed() {
    StreamClient other(Channel());
    other.Send({Quick(1)});
    EXPECT_FALSE(other.ReadAnswers(1)[1].has_status());
  }
  // The beginning of a frame of items.
  static std::string HalfAFrame() {
    SignBatchRequest frame;
    for (uint64_t id = 1; id <= 50; ++id) *frame.add_items() = Quick(id);
    std::string bytes = frame.SerializeAsString();
    return bytes.substr(0, bytes.size() / 2);
  }
};

TEST_P(HostileStreamTest, AResetInTheMiddleOfAFrameHarmsNobody) {
  site_.Start();
  RawClient raw(site_.unix_path());
  const std::string half = HalfAFrame();
  for (uint32_t stream = 1; stream < 100; stream += 2) {
    raw.BeginMessage(stream, static_cast<uint32_t>(2 * half.size()), half);
    if (stream % 4 == 1) raw.AwaitPing();
    raw.Reset(stream);
  }
  raw.AwaitPing();
  ExpectServed();
  // The connection is as good as before.
  raw.BeginMessage(101, static_cast<uint32_t>(2 * half.size()), half);
  raw.AwaitPing();
  site_.Stop();
}

TEST_P(HostileStreamTest, AConnectionThatEndsInTheMiddleOfAFrameHarmsNobody) {
  site_.Start();
  const std::string half = HalfAFrame();
  for (int i = 0; i < 20; ++i) {
    RawClient raw(site_.unix_path());
    raw.BeginMessage(1, static_cast<uint32_t>(2 * half.size()), half);
    if (i % 2 == 0) raw.AwaitPing();
    raw.Close();
  }
  ExpectServed();
  site_.Stop();
}

// As a client that was stopped by SIGSTOP.
TEST_P(HostileStreamTest, WhoDoesNotReadIsNotReadFrom) {
  Configure("limits: {max_items_in_flight: 65536}\n");
  site_.Start();
  StreamClient lazy(Channel());
  // What he asks for is more than the pipes hold, so his writes stop.
  constexpr uint64_t kItems = 5'000;
  std::thread sender([&] {
    for (uint64_t id = 1; id <= kItems; id += 50) {
      std::vector<SignRequest> items;
      for (uint64_t i = id; i < id + 50; ++i) items.push_back(Quick(i));
      EXPECT_TRUE(lazy.Send(items));
    }
    lazy.HalfClose();
  });
  for (int i = 0; i < 20; ++i) ExpectServed();
  // Nothing of his is lost.
  EXPECT_EQ(lazy.ReadAnswers(kItems).size(), kItems);
  sender.join();
  EXPECT_TRUE(lazy.Finish().ok());
}

INSTANTIATE_TEST_SUITE_P(Transports, HostileStreamTest, testing::Bool(),
                         TransportName);

}  // namespace
}  // namespace keyhold
