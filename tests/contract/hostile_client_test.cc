// What a client with a valid identity can make the service remember.
#include <fstream>
#include <memory>
#include <string>
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

}  // namespace
}  // namespace keyhold
