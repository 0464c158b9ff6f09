// What a client with a valid identity can make the service remember.
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/sync_stream.h"
#include "gtest/gtest.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "tests/contract/contract_test.h"
#include "tests/fakes/child_process.h"
#include "tests/fakes/real_signer.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold {
namespace {

using signer::v1::SignBatchRequest;
using signer::v1::SignBatchResponse;
using signer::v1::SignRequest;

constexpr size_t kMiB = size_t{1} << 20;

size_t ResidentBytes(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  std::string word;
  while (status >> word) {
    size_t kib = 0;
    if (word == "VmRSS:" && status >> kib) return kib * 1024;
  }
  ADD_FAILURE() << "no VmRSS";
  return 0;
}

// One stream that sends more than it may, of what takes long to sign.
class Flood {
 public:
  explicit Flood(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(signer::v1::Signer::NewStub(channel)),
        stream_(stub_->SignStream(&context_)) {}
  ~Flood() {
    context_.TryCancel();
    stream_->Finish();
  }

  // In frames of three, for a frame has 256 KiB.
  void Send(SignRequest item, uint64_t count) {
    SignBatchRequest frame;
    for (uint64_t id = 1; id <= count; ++id) {
      item.set_id(id);
      *frame.add_items() = item;
      if (frame.items_size() < 3 && id < count) continue;
      ASSERT_TRUE(stream_->Write(frame));
      frame.Clear();
    }
  }
  // Returns once so many items are refused.
  void ReadRefusals(int count) {
    SignBatchResponse frame;
    while (count > 0 && stream_->Read(&frame)) {
      for (const auto& answer : frame.items()) {
        if (answer.has_status()) --count;
      }
    }
    EXPECT_LE(count, 0);
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<signer::v1::Signer::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<SignBatchRequest, SignBatchResponse>>
      stream_;
};

TEST(HostileClientTest, StreamsDoNotFillTheMemory) {
  FakeRule rule;
  rule.usages = {signer::v1::USAGE_MESSAGE};
  RealSigner signer({ContractKey("slow", TestKeyKind::kRsa4096)}, {rule});
  const pid_t pid = signer.process().pid();
  SignRequest item = Tls13RequestFor(PublicKeyOf(TestKeyKind::kRsa4096),
                                     SignatureScheme::kRsaPssRsaeSha256);
  item.set_message(std::string(60'000, 'm'));

  const auto channel = grpc::CreateChannel(signer.local_endpoint(),
                                           grpc::InsecureChannelCredentials());
  const size_t before = ResidentBytes(pid);
  std::vector<std::unique_ptr<Flood>> floods;
  // 480 MB, of which 64 MiB are taken.
  for (int i = 0; i < 32; ++i) {
    floods.push_back(std::make_unique<Flood>(channel));
    floods.back()->Send(item, 250);
    floods.back()->ReadRefusals(50);
  }
  EXPECT_LT(ResidentBytes(pid), before + 160 * kMiB);
}

// A stream whose client writes as long as it may, and reads nothing.
class Deaf {
 public:
  Deaf(const std::shared_ptr<grpc::Channel>& channel, SignRequest item)
      : stub_(signer::v1::Signer::NewStub(channel)),
        stream_(stub_->SignStream(&context_)),
        writer_([this, item = std::move(item)]() mutable {
          for (uint64_t id = 1;;) {
            SignBatchRequest frame;
            while (frame.items_size() < 64) {
              item.set_id(id++);
              *frame.add_items() = item;
            }
            if (!stream_->Write(frame)) return;
          }
        }) {}
  ~Deaf() {
    context_.TryCancel();
    writer_.join();
    stream_->Finish();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<signer::v1::Signer::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<SignBatchRequest, SignBatchResponse>>
      stream_;
  std::thread writer_;
};

TEST(HostileClientTest, AnswersThatNobodyReadsDoNotFillTheMemory) {
  RealSigner signer({ContractKey("www", TestKeyKind::kP256)});
  const pid_t pid = signer.process().pid();
  const SignRequest item =
      Tls13RequestFor(PublicKeyOf(TestKeyKind::kP256),
                      SignatureScheme::kEcdsaSecp256r1Sha256);
  const auto channel = grpc::CreateChannel(signer.local_endpoint(),
                                           grpc::InsecureChannelCredentials());
  const auto client = *SignerClient::Create(signer.ClientOptions());
  EXPECT_THAT(client->Sign(item), IsOk());
  const size_t before = ResidentBytes(pid);
  std::vector<std::unique_ptr<Deaf>> deaf;
  for (int i = 0; i < 64; ++i) {
    deaf.push_back(std::make_unique<Deaf>(channel, item));
  }
  // Others are served, and it stays so however long it goes on.
  for (int i = 0; i < 300; ++i) {
    EXPECT_THAT(client->Sign(item), IsOk());
    ASSERT_LT(ResidentBytes(pid), before + 160 * kMiB);
  }
}

TEST(HostileClientTest, StreamsBeyondACallersNumberAreRefused) {
  RealSigner signer({ContractKey("www", TestKeyKind::kP256)});
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  struct Open {
    grpc::ClientContext context;
    std::unique_ptr<signer::v1::Signer::Stub> stub;
    std::unique_ptr<
        grpc::ClientReaderWriter<SignBatchRequest, SignBatchResponse>>
        stream;
  };
  std::vector<std::unique_ptr<Open>> open;
  grpc::ChannelArguments own;
  own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  SignBatchResponse limits;
  grpc::Status refused;
  while (refused.ok() && open.size() <= 2000) {
    if (open.size() % 200 == 0) {
      channels.push_back(grpc::CreateCustomChannel(
          signer.local_endpoint(), grpc::InsecureChannelCredentials(), own));
    }
    open.push_back(std::make_unique<Open>());
    Open& next = *open.back();
    next.stub = signer::v1::Signer::NewStub(channels.back());
    next.stream = next.stub->SignStream(&next.context);
    if (!next.stream->Read(&limits)) refused = next.stream->Finish();
  }
  EXPECT_EQ(open.size(), 1025u);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(refused.error_message(),
            "at most 1024 streams of a caller may be open");
  // Another caller has his own.
  const auto client = *SignerClient::Create(signer.ClientOptions());
  EXPECT_THAT(client->Sign(Tls13RequestFor(
                  PublicKeyOf(TestKeyKind::kP256),
                  SignatureScheme::kEcdsaSecp256r1Sha256)),
              IsOk());
  for (const std::unique_ptr<Open>& one : open) one->context.TryCancel();
  open.pop_back();  // finished
  for (const std::unique_ptr<Open>& one : open) one->stream->Finish();
}

}  // namespace
}  // namespace keyhold
