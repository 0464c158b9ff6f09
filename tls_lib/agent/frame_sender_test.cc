#include "tls_lib/agent/frame_sender.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "tls_lib/agent/frame_reader.h"

namespace keyhold {
namespace {

class FrameSenderTest : public testing::Test {
 protected:
  FrameSenderTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    reader_.Reset(ends[0]);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    sender_ = std::make_unique<FrameSender>(UniqueFd(ends[1]));
  }

  static google::protobuf::StringValue Message(size_t size) {
    google::protobuf::StringValue message;
    message.set_value(std::string(size, 'm'));
    return message;
  }
  // What can be read now, in bytes.
  size_t ReadAll() const {
    char buffer[65536];
    size_t all = 0;
    ssize_t count;
    while ((count = recv(reader_.get(), buffer, sizeof(buffer), MSG_DONTWAIT)) >
           0) {
      all += static_cast<size_t>(count);
    }
    return all;
  }

  UniqueFd reader_;
  std::unique_ptr<FrameSender> sender_;
};

TEST_F(FrameSenderTest, SendsAtOnceWhatFits) {
  EXPECT_EQ(sender_->Send(Message(100)), FrameSender::Outcome::kSent);
  EXPECT_EQ(sender_->unsent(), 0u);
  EXPECT_EQ(ReadAll(), 4 + Message(100).ByteSizeLong());
}

TEST_F(FrameSenderTest, KeepsWhatTheReaderDoesNotTakeInOrder) {
  size_t sent = 0;
  FrameSender::Outcome outcome = FrameSender::Outcome::kSent;
  while (outcome == FrameSender::Outcome::kSent) {
    outcome = sender_->Send(Message(10000));
    sent += 4 + Message(10000).ByteSizeLong();
  }
  ASSERT_EQ(outcome, FrameSender::Outcome::kUnsent);
  EXPECT_EQ(sender_->Send(Message(1)), FrameSender::Outcome::kUnsent);
  sent += 4 + Message(1).ByteSizeLong();
  EXPECT_GT(sender_->unsent(), 0u);
  size_t received = ReadAll();
  while ((outcome = sender_->Flush()) == FrameSender::Outcome::kUnsent) {
    received += ReadAll();
  }
  EXPECT_EQ(outcome, FrameSender::Outcome::kSent);
  EXPECT_EQ(received + ReadAll(), sent);
  EXPECT_EQ(sender_->unsent(), 0u);
}

TEST_F(FrameSenderTest, FramesOfSeveralThreadsStayWhole) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int k = 0; k < 50; ++k) sender_->Send(Message(99));
    });
  }
  for (std::thread& thread : threads) thread.join();
  FrameReader frames;
  char buffer[65536];
  ssize_t count;
  int whole = 0;
  do {
    sender_->Flush();
    count = recv(reader_.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
    if (count > 0) frames.Append({buffer, static_cast<size_t>(count)});
    for (auto frame = frames.Next(); frame.ok() && frame->has_value();
         frame = frames.Next()) {
      EXPECT_EQ(**frame, Message(99).SerializeAsString());
      ++whole;
    }
  } while (count > 0);
  EXPECT_EQ(whole, 200);
}

TEST_F(FrameSenderTest, AReaderThatIsGoneAndAfterClose) {
  reader_.Reset();
  EXPECT_EQ(sender_->Send(Message(1)), FrameSender::Outcome::kBroken);
  sender_->Close();
  sender_->Close();
  EXPECT_EQ(sender_->Send(Message(1)), FrameSender::Outcome::kBroken);
  EXPECT_EQ(sender_->Flush(), FrameSender::Outcome::kBroken);
}

}  // namespace
}  // namespace keyhold
