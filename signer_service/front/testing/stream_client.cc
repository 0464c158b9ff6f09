#include "signer_service/front/testing/stream_client.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "signer_service/front/testing/test_snapshot.h"

namespace keyhold {
namespace {

using signer::v1::SignBatchRequest;
using signer::v1::SignBatchResponse;
using signer::v1::SignRequest;
using signer::v1::SignResponse;

constexpr uint32_t kRsaPssSha512 = 0x0806;

}  // namespace

StreamClient::StreamClient(const std::shared_ptr<grpc::Channel>& channel)
    : stub_(TestSite::Stub(channel)) {
  context_.set_deadline(std::chrono::system_clock::now() +
                        std::chrono::seconds(60));
  stream_ = stub_->SignStream(&context_);
}

bool StreamClient::Send(const std::vector<SignRequest>& items) {
  SignBatchRequest frame;
  for (const SignRequest& item : items) *frame.add_items() = item;
  return Send(frame);
}

SignBatchResponse StreamClient::Read() {
  SignBatchResponse frame;
  stream_->Read(&frame);
  return frame;
}

std::map<uint64_t, SignResponse> StreamClient::ReadAnswers(size_t count) {
  std::map<uint64_t, SignResponse> answers;
  SignBatchResponse frame;
  while (answers.size() < count && stream_->Read(&frame)) {
    for (SignResponse& item : *frame.mutable_items()) {
      answers[item.id()] = std::move(item);
    }
  }
  EXPECT_GE(answers.size(), count);
  return answers;
}

grpc::Status StreamClient::Finish() {
  SignBatchResponse rest;
  while (stream_->Read(&rest)) {
  }
  return stream_->Finish();
}

SignStreamFixture::SignStreamFixture(InProcessVaultOptions vault_options)
    : site_(std::move(vault_options)) {
  site_.WriteKey("keys/slow.key", TestKeyKind::kRsa4096);
  Configure("");
}

void SignStreamFixture::Configure(const std::string& more) {
  site_.WriteConfig(R"(
    - identities: ["*"]
      keys: [p256, slow]
      usages: [tls13_server, tls12_server, message]
)",
                    absl::StrCat("threads: 1\n", more));
}

SignRequest SignStreamFixture::Quick(uint64_t id) {
  SignRequest request = Tls13Request(TestSpkiSha256(TestKeyKind::kP256));
  request.set_id(id);
  return request;
}

SignRequest SignStreamFixture::Slow(uint64_t id) {
  SignRequest request = Tls13Request(TestSpkiSha256(TestKeyKind::kRsa4096));
  request.set_id(id);
  request.set_scheme(kRsaPssSha512);
  return request;
}

}  // namespace keyhold
