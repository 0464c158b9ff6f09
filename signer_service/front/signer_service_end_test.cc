// The end of the whole service: drain, and destruction without one.
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "signer_service/front/testing/rpc_error.h"
#include "signer_service/front/testing/test_site.h"
#include "signer_service/front/testing/test_snapshot.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::SignResponse;

std::chrono::system_clock::time_point Soon() {
  return std::chrono::system_clock::now() + std::chrono::seconds(30);
}

class SignerServiceEndTest : public testing::Test {
 protected:
  TestSite site_;
};

TEST_F(SignerServiceEndTest, DrainAnswersWhatItTookAndThenNothing) {
  site_.WriteKey("keys/slow.key", TestKeyKind::kRsa4096);
  site_.WriteConfig("\n    - {identities: ['*'], keys: [slow]}\n");
  site_.Start();
  // Calls that end well, or are refused with UNAVAILABLE: nothing else.
  std::atomic<int> answered{0};
  absl::Notification enough;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&, i] {
      const auto channel =
          i % 2 == 0 ? site_.AppChannel() : site_.UnixChannel();
      const auto stub = TestSite::Stub(channel);
      SignRequest request = Tls13Request(TestSpkiSha256(TestKeyKind::kRsa4096));
      request.set_scheme(0x0804);
      grpc::Status status;
      do {
        grpc::ClientContext context;
        context.set_deadline(Soon());
        SignResponse response;
        status = stub->Sign(&context, request, &response);
        if (++answered == 20) enough.Notify();
      } while (status.ok());
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE)
          << status.error_message();
    });
  }
  enough.WaitForNotification();
  site_.Stop();
  for (std::thread& client : clients) client.join();
  site_.log().WaitFor({"\"event\":\"drain\",\"at_most_ms\":30000"});
}

// A call of grpc.health.v1.Health/Watch for "", which never ends by itself.
class HealthWatch {
 public:
  explicit HealthWatch(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(channel) {
    context_.set_deadline(Soon());
    call_ =
        stub_.PrepareCall(&context_, "/grpc.health.v1.Health/Watch", &queue_);
    call_->StartCall(nullptr);
    Next();
    const grpc::Slice every_name;
    call_->WriteLast(grpc::ByteBuffer(&every_name, 1), grpc::WriteOptions(),
                     nullptr);
    Next();
  }
  // Waits for the next state.
  bool Read() {
    grpc::ByteBuffer state;
    call_->Read(&state, nullptr);
    return Next();
  }
  grpc::Status Finish() {
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Next();
    return status;
  }

 private:
  bool Next() {
    void* tag;
    bool ok;
    queue_.Next(&tag, &ok);
    return ok;
  }

  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

TEST_F(SignerServiceEndTest, DrainEndsHealthWatchesAtOnce) {
  site_.Start();
  HealthWatch tls(site_.AppChannel());
  HealthWatch local(site_.UnixChannel());
  EXPECT_TRUE(tls.Read());
  EXPECT_TRUE(local.Read());
  site_.Stop();
  for (HealthWatch* watch : {&tls, &local}) {
    EXPECT_TRUE(watch->Read());  // NOT_SERVING
    EXPECT_FALSE(watch->Read());
    const grpc::Status status = watch->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(status.error_message(), "the signer is shutting down");
  }
}

TEST_F(SignerServiceEndTest, DrainEndsAtItsTimeWhateverAClientDoes) {
  site_.WriteConfig("\n    - {identities: ['*'], keys: [p256]}\n",
                    "limits: {drain_ms: 100}\n");
  site_.Start();
  // No room for a state, and nobody reads one.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 5);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  HealthWatch local(
      grpc::CreateCustomChannel(absl::StrCat("unix:", site_.unix_path()),
                                grpc::InsecureChannelCredentials(), arguments));
  HealthWatch tls(site_.AppChannel());
  site_.Stop();
  // A client learns of the end once it has read what came before.
  for (HealthWatch* watch : {&local, &tls}) {
    while (watch->Read()) {
    }
    EXPECT_FALSE(watch->Finish().ok());
  }
}

TEST_F(SignerServiceEndTest, CallsThatArriveAtItsEndDoNoHarm) {
  for (int round = 0; round < 5; ++round) {
    auto site = std::make_unique<TestSite>();
    site->Start();
    std::atomic<bool> stop{false};
    absl::BlockingCounter busy(6);
    std::vector<std::thread> clients;
    for (int i = 0; i < 6; ++i) {
      const auto channel =
          i % 2 == 0 ? site->AppChannel() : site->UnixChannel();
      clients.emplace_back([&stop, &busy, channel, i] {
        const auto stub = TestSite::Stub(channel);
        for (int calls = 0; !stop || calls == 0; ++calls) {
          grpc::ClientContext context;
          context.set_deadline(Soon());
          if (i < 2) {
            signer::v1::ListKeysResponse response;
            stub->ListKeys(&context, {}, &response);
          } else if (i < 4) {
            const auto stream = stub->SignStream(&context);
            signer::v1::SignBatchResponse frame;
            stream->Read(&frame);
            context.TryCancel();
            stream->Finish();
          } else {
            HealthWatch(channel).Read();
          }
          if (calls == 0) busy.DecrementCount();
        }
      });
    }
    busy.Wait();
    // Without a drain.
    site.reset();
    stop = true;
    for (std::thread& client : clients) client.join();
  }
}

}  // namespace
}  // namespace keyhold
