// SignStream.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "tests/contract/contract_test.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/endpoint.h"
#include "tls_lib/remote/signer_channel.h"
#include "tls_lib/remote/status_from_rpc.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

constexpr SignatureScheme kP256 = SignatureScheme::kEcdsaSecp256r1Sha256;

class StreamContractTest : public ContractTest {
 protected:
  void Open(FakeRule rule = {}) {
    Serve({ContractKey("ec", TestKeyKind::kP256)}, {rule});
    const SignerClientOptions options = signer_->ClientOptions();
    stub_ = v1::Signer::NewStub(MakeSignerChannel(
        *ParseEndpoint(options.endpoints[0]),
        MakeSignerCredentials(options.tls, options.tls_refresh_interval),
        options.tls->server_name));
    stream_ = stub_->SignStream(&context_);
    v1::SignBatchResponse first;
    ASSERT_TRUE(stream_->Read(&first));
    EXPECT_THAT(first.items(), IsEmpty());
    ASSERT_TRUE(first.has_limits());
    limits_ = first.limits();
  }

  v1::SignRequest Item(uint64_t id) const {
    v1::SignRequest item = Tls13RequestFor(ec_, kP256);
    item.set_id(id);
    return item;
  }

  void Send(const std::vector<v1::SignRequest>& items) {
    v1::SignBatchRequest frame;
    for (const v1::SignRequest& item : items) *frame.add_items() = item;
    ASSERT_TRUE(stream_->Write(frame));
  }

  // The next `count` answers, by id.
  std::map<uint64_t, v1::SignResponse> Read(size_t count) {
    std::map<uint64_t, v1::SignResponse> answers;
    v1::SignBatchResponse frame;
    while (answers.size() < count && stream_->Read(&frame)) {
      EXPECT_FALSE(frame.has_limits());
      EXPECT_LE(frame.ByteSizeLong(), 262144u);
      for (const v1::SignResponse& item : frame.items()) {
        EXPECT_THAT(item.policy_version(), SizeIs(16));
        EXPECT_TRUE(answers.emplace(item.id(), item).second);
      }
    }
    EXPECT_EQ(answers.size(), count);
    return answers;
  }

  void ExpectSigned(const v1::SignResponse& answer) {
    EXPECT_FALSE(answer.has_status());
    EXPECT_EQ(answer.scheme(), static_cast<uint32_t>(kP256));
    EXPECT_THAT(ec_.Verify(kP256, Tls13Content(), answer.signature()), IsOk());
  }

  static void ExpectRefused(const v1::SignResponse& answer,
                            absl::StatusCode code, ErrorReason reason) {
    const absl::Status status = StatusFromRpc(answer.status(), "item");
    EXPECT_THAT(status, StatusIs(code));
    EXPECT_THAT(GetReason(status), Optional(reason));
    EXPECT_THAT(answer.signature(), IsEmpty());
  }

  grpc::Status Close() {
    stream_->WritesDone();
    v1::SignBatchResponse frame;
    while (stream_->Read(&frame)) {
    }
    return stream_->Finish();
  }

  const PublicKey ec_ = PublicKeyOf(TestKeyKind::kP256);
  std::unique_ptr<v1::Signer::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<
      grpc::ClientReaderWriter<v1::SignBatchRequest, v1::SignBatchResponse>>
      stream_;
  v1::ServiceLimits limits_;
};

TEST_F(StreamContractTest, FirstFrameStatesTheLimits) {
  Open();
  EXPECT_EQ(limits_.max_items_in_flight(), 1024);
  EXPECT_EQ(limits_.max_items_per_frame(), 64);
  EXPECT_EQ(limits_.max_frame_bytes(), 262144);
  EXPECT_EQ(limits_.max_message_bytes(), 65536);
  EXPECT_EQ(limits_.max_handshake_bytes(), 65536);
  EXPECT_EQ(limits_.max_time_us(), 10000000);
  EXPECT_THAT(
      limits_.accepted_usages(),
      testing::ElementsAre(v1::USAGE_TLS13_SERVER, v1::USAGE_TLS12_SERVER,
                           v1::USAGE_TLS13_CLIENT, v1::USAGE_TLS12_CLIENT,
                           v1::USAGE_DIGEST, v1::USAGE_MESSAGE, v1::USAGE_CSR,
                           v1::USAGE_SELF_SIGNED));
  EXPECT_TRUE(Close().ok());
}

TEST_F(StreamContractTest, ItemsOfManyFramesAreAllAnswered) {
  Open();
  for (uint64_t frame = 0; frame < 4; ++frame) {
    std::vector<v1::SignRequest> items;
    for (uint64_t i = 0; i < 64; ++i) items.push_back(Item(frame * 64 + i));
    Send(items);
  }
  for (const auto& [id, answer] : Read(256)) ExpectSigned(answer);
  EXPECT_TRUE(Close().ok());
}

TEST_F(StreamContractTest, HalfCloseLetsOutstandingItemsFinish) {
  Open();
  Send({Item(1), Item(2), Item(3)});
  stream_->WritesDone();
  for (const auto& [id, answer] : Read(3)) ExpectSigned(answer);
  v1::SignBatchResponse none;
  EXPECT_FALSE(stream_->Read(&none));
  EXPECT_TRUE(stream_->Finish().ok());
}

TEST_F(StreamContractTest, EachItemFailsOnItsOwn) {
  Open();
  v1::SignRequest unknown = Item(2);
  unknown.set_spki_sha256(std::string(32, 'x'));
  v1::SignRequest no_input = Item(3);
  no_input.clear_input();
  v1::SignRequest late = Item(4);
  late.set_time_left_us(0);
  v1::SignRequest oracle = Item(5);
  oracle.set_message("any bytes");
  Send({Item(1), unknown, no_input, late, oracle, Item(6)});
  const auto answers = Read(6);
  ExpectSigned(answers.at(1));
  ExpectRefused(answers.at(2), absl::StatusCode::kNotFound,
                ErrorReason::kKeyNotFound);
  ExpectRefused(answers.at(3), absl::StatusCode::kInvalidArgument,
                ErrorReason::kInvalidRequest);
  ExpectRefused(answers.at(4), absl::StatusCode::kDeadlineExceeded,
                ErrorReason::kDeadlinePassed);
  ExpectRefused(answers.at(5), absl::StatusCode::kPermissionDenied,
                ErrorReason::kUsageNotAllowed);
  ExpectSigned(answers.at(6));
  EXPECT_TRUE(Close().ok());
}

TEST_F(StreamContractTest, ItemsBeyondTheFramesLimitFailAlone) {
  Open();
  std::vector<v1::SignRequest> items;
  for (uint64_t id = 0; id < 70; ++id) items.push_back(Item(id));
  Send(items);
  int refused = 0;
  for (const auto& [id, answer] : Read(70)) {
    if (answer.has_status()) {
      ExpectRefused(answer, absl::StatusCode::kResourceExhausted,
                    ErrorReason::kFrameTooLarge);
      ++refused;
    } else {
      ExpectSigned(answer);
    }
  }
  EXPECT_EQ(refused, 6);
  Send({Item(100)});
  ExpectSigned(Read(1).at(100));
}

TEST_F(StreamContractTest, OversizeItemFailsAlone) {
  FakeRule rule;
  rule.usages = {v1::USAGE_TLS13_SERVER, v1::USAGE_MESSAGE};
  Open(rule);
  v1::SignRequest huge = Item(2);
  huge.set_message(std::string(300000, 'm'));
  v1::SignRequest too_long = Item(3);
  too_long.set_message(std::string(70000, 'm'));
  Send({Item(1), huge, too_long, Item(4)});
  const auto answers = Read(4);
  ExpectSigned(answers.at(1));
  ExpectRefused(answers.at(2), absl::StatusCode::kResourceExhausted,
                ErrorReason::kFrameTooLarge);
  ExpectRefused(answers.at(3), absl::StatusCode::kResourceExhausted,
                ErrorReason::kFrameTooLarge);
  ExpectSigned(answers.at(4));
  EXPECT_TRUE(Close().ok());
}

TEST_F(StreamContractTest, IdsMayBeUsedAgainAfterTheirAnswer) {
  Open();
  for (int i = 0; i < 3; ++i) {
    Send({Item(1)});
    ExpectSigned(Read(1).at(1));
  }
}

TEST_F(StreamContractTest, CancellingWhatIsNotOutstandingIsIgnored) {
  Open();
  v1::SignBatchRequest frame;
  frame.add_cancel_ids(1);
  frame.add_cancel_ids(99);
  *frame.add_items() = Item(1);
  ASSERT_TRUE(stream_->Write(frame));
  ExpectSigned(Read(1).at(1));
  EXPECT_TRUE(Close().ok());
}

TEST_F(StreamContractTest, CancelledItemIsAnsweredOnceEitherWay) {
  Open();
  std::vector<v1::SignRequest> items;
  for (uint64_t id = 0; id < 64; ++id) items.push_back(Item(id));
  Send(items);
  v1::SignBatchRequest frame;
  for (uint64_t id = 0; id < 64; ++id) frame.add_cancel_ids(id);
  ASSERT_TRUE(stream_->Write(frame));
  for (const auto& [id, answer] : Read(64)) {
    if (answer.has_status()) {
      ExpectRefused(answer, absl::StatusCode::kCancelled,
                    ErrorReason::kCancelled);
    } else {
      ExpectSigned(answer);
    }
  }
  EXPECT_TRUE(Close().ok());
}

}  // namespace
}  // namespace keyhold
