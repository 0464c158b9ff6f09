// Holds the messages that are written by hand against the generated code.
#include "tls_lib/agent/client/sign_messages.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold::agent {
namespace {

namespace v1 = signer::v1;

using ::testing::HasSubstr;

SignQuestion MakeQuestion(ContentToSign input) {
  SignQuestion question;
  question.id = 300;
  question.request_id = std::string(16, 'r');
  question.time_left_us = 4900000;
  question.spki_sha256 = std::string(32, 'k');
  question.scheme = SignatureScheme::kRsaPssRsaeSha256;
  question.input = std::move(input);
  return question;
}

// The same by the generated code, but for its input.
v1::SignBatchRequest Generated(const SignQuestion& question) {
  v1::SignBatchRequest batch;
  v1::SignRequest& item = *batch.add_items();
  item.set_id(question.id);
  item.set_request_id(question.request_id);
  item.set_time_left_us(question.time_left_us);
  item.set_spki_sha256(question.spki_sha256);
  item.set_scheme(static_cast<uint32_t>(question.scheme));
  return batch;
}

TEST(EncodeQuestionTest, Tls13CertificateVerify) {
  for (const Role role : {Role::kServer, Role::kClient}) {
    for (const size_t size : {32, 48}) {
      const std::string hash(size, 'h');
      const SignQuestion question =
          MakeQuestion(Tls13SignedContent{role, hash});
      v1::SignBatchRequest batch = Generated(question);
      auto& input = *batch.mutable_items(0)->mutable_tls13_certificate_verify();
      input.set_role(role == Role::kServer ? v1::ROLE_SERVER : v1::ROLE_CLIENT);
      input.set_transcript_hash(hash);
      EXPECT_EQ(EncodeQuestion(question), batch.SerializeAsString());
    }
  }
}

TEST(EncodeQuestionTest, Tls12ServerKeyExchange) {
  for (const uint16_t curve : {23, 24, 25, 29, 30}) {
    const Tls12ServerKeyExchangeContent content = {
        std::string(32, 'c'), std::string(32, 's'), curve,
        std::string(curve == 25 ? 133 : 65, 'p')};
    const SignQuestion question = MakeQuestion(content);
    v1::SignBatchRequest batch = Generated(question);
    auto& input = *batch.mutable_items(0)->mutable_tls12_server_key_exchange();
    input.set_client_random(content.client_random);
    input.set_server_random(content.server_random);
    input.set_curve(curve);
    input.set_public_point(content.public_point);
    EXPECT_EQ(EncodeQuestion(question), batch.SerializeAsString());
  }
}

TEST(EncodeQuestionTest, Tls12ClientTranscript) {
  for (const size_t size : {1, 127, 128, 16384, 65536}) {
    const std::string messages(size, 'm');
    const SignQuestion question = MakeQuestion(Tls12ClientTranscript{messages});
    v1::SignBatchRequest batch = Generated(question);
    batch.mutable_items(0)
        ->mutable_tls12_certificate_verify()
        ->set_handshake_messages(messages);
    EXPECT_EQ(EncodeQuestion(question), batch.SerializeAsString());
  }
}

TEST(EncodeQuestionTest, Digest) {
  const std::vector<std::pair<HashAlgorithm, v1::Hash>> hashes = {
      {HashAlgorithm::kSha256, v1::HASH_SHA256},
      {HashAlgorithm::kSha384, v1::HASH_SHA384},
      {HashAlgorithm::kSha512, v1::HASH_SHA512}};
  for (const auto& [hash, wire_hash] : hashes) {
    const std::string value(DigestSize(hash), 'd');
    const SignQuestion question = MakeQuestion(DigestToSign{hash, value});
    v1::SignBatchRequest batch = Generated(question);
    batch.mutable_items(0)->mutable_digest()->set_hash(wire_hash);
    batch.mutable_items(0)->mutable_digest()->set_value(value);
    EXPECT_EQ(EncodeQuestion(question), batch.SerializeAsString());
  }
}

TEST(EncodeQuestionTest, MessageEvenIfItIsEmpty) {
  for (const std::string& message : {std::string("abc"), std::string()}) {
    const SignQuestion question = MakeQuestion(MessageToSign{message});
    v1::SignBatchRequest batch = Generated(question);
    batch.mutable_items(0)->set_message(message);
    EXPECT_EQ(EncodeQuestion(question), batch.SerializeAsString());
  }
}

TEST(EncodeQuestionTest, FieldsAtTheirLimits) {
  SignQuestion question = MakeQuestion(MessageToSign{"m"});
  for (const uint64_t number :
       {uint64_t{0}, uint64_t{1}, uint64_t{127}, uint64_t{128}, ~uint64_t{0}}) {
    question.id = number;
    question.time_left_us = number;
    question.request_id = "";
    v1::SignBatchRequest batch = Generated(question);
    batch.mutable_items(0)->set_message("m");
    EXPECT_EQ(EncodeQuestion(question), batch.SerializeAsString());
  }
}

AnswerFrame Decode(const v1::SignBatchResponse& response) {
  absl::StatusOr<AnswerFrame> frame =
      DecodeAnswerFrame(response.SerializeAsString());
  EXPECT_THAT(frame, IsOk());
  return frame.value_or(AnswerFrame());
}

TEST(DecodeAnswerFrameTest, Limits) {
  v1::SignBatchResponse response;
  response.mutable_limits();
  EXPECT_TRUE(Decode(response).has_limits);
  response.mutable_limits()->set_max_items_in_flight(1);
  response.mutable_limits()->add_accepted_usages(v1::USAGE_TLS13_SERVER);
  const AnswerFrame frame = Decode(response);
  EXPECT_TRUE(frame.has_limits);
  EXPECT_FALSE(frame.answer.has_value());
}

TEST(DecodeAnswerFrameTest, ASignature) {
  v1::SignBatchResponse response;
  v1::SignResponse& item = *response.add_items();
  item.set_id(~uint64_t{0});
  item.set_scheme(0x0804);
  item.set_signature(std::string(256, 's'));
  item.set_signed_object("object");
  item.set_policy_version(std::string(16, 'v'));
  const AnswerFrame frame = Decode(response);
  EXPECT_FALSE(frame.has_limits);
  ASSERT_TRUE(frame.answer.has_value());
  EXPECT_EQ(frame.answer->id, ~uint64_t{0});
  EXPECT_THAT(frame.answer->status, IsOk());
  EXPECT_EQ(frame.answer->signature, item.signature());
}

TEST(DecodeAnswerFrameTest, AStatusWithItsReason) {
  v1::SignBatchResponse response;
  google::rpc::Status& status = *response.add_items()->mutable_status();
  status.set_code(static_cast<int>(absl::StatusCode::kPermissionDenied));
  status.set_message("no\nway");
  google::rpc::RetryInfo retry;
  status.add_details()->PackFrom(retry);
  google::rpc::ErrorInfo info;
  info.set_domain("keyhold");
  info.set_reason("USAGE_NOT_ALLOWED");
  (*info.mutable_metadata())["policy_version"] = "00";
  status.add_details()->PackFrom(info);
  const AnswerFrame frame = Decode(response);
  ASSERT_TRUE(frame.answer.has_value());
  EXPECT_THAT(frame.answer->status,
              StatusIs(absl::StatusCode::kPermissionDenied, "no?way"));
  EXPECT_EQ(GetReason(frame.answer->status), ErrorReason::kUsageNotAllowed);
}

TEST(DecodeAnswerFrameTest, CodesAndReasonsThatItDoesNotKnow) {
  v1::SignBatchResponse response;
  google::rpc::Status& status = *response.add_items()->mutable_status();
  google::rpc::ErrorInfo info;
  info.set_reason("OF_THE_FUTURE");
  status.add_details()->PackFrom(info);
  for (const int code : {17, -1, 1 << 30}) {
    status.set_code(code);
    const AnswerFrame frame = Decode(response);
    ASSERT_TRUE(frame.answer.has_value());
    EXPECT_EQ(frame.answer->status.code(), absl::StatusCode::kUnknown);
    EXPECT_EQ(GetReason(frame.answer->status), std::nullopt);
  }
}

// A fuzz target found it.
TEST(DecodeAnswerFrameTest, AFieldOfAnotherKindIsUnknown) {
  const absl::string_view fixed_id("\x12\x09\x09\1\1\1\1\1\1\1\1", 11);
  v1::SignBatchResponse generated;
  ASSERT_TRUE(generated.ParseFromString(std::string(fixed_id)));
  EXPECT_EQ(generated.items(0).id(), 0);
  const absl::StatusOr<AnswerFrame> frame = DecodeAnswerFrame(fixed_id);
  ASSERT_THAT(frame, IsOk());
  EXPECT_EQ(frame->answer->id, 0);
}

TEST(DecodeAnswerFrameTest, CutsALongMessage) {
  v1::SignBatchResponse response;
  google::rpc::Status& status = *response.add_items()->mutable_status();
  status.set_code(13);
  status.set_message(std::string(100000, 'x'));
  EXPECT_EQ(Decode(response).answer->status.message().size(), 1000);
}

TEST(DecodeAnswerFrameTest, RefusesSeveralItems) {
  v1::SignBatchResponse response;
  response.add_items();
  response.add_items();
  EXPECT_THAT(
      DecodeAnswerFrame(response.SerializeAsString()),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("several items")));
}

TEST(DecodeAnswerFrameTest, SaysWhichMessageIsNotWellFormed) {
  const auto in = [](int field, const std::string& bytes) {
    return absl::StrCat(std::string(1, static_cast<char>(field << 3 | 2)),
                        std::string(1, static_cast<char>(bytes.size())), bytes);
  };
  const std::string bad = "\x0b";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {bad, "SignBatchResponse"},
      {in(2, bad), "SignResponse"},
      {in(2, in(2, bad)), "google.rpc.Status"},
      {in(2, in(2, in(3, bad))), "google.protobuf.Any"},
      {in(2, in(2, in(3, in(1, "t/google.rpc.ErrorInfo") + in(2, bad)))),
       "google.rpc.ErrorInfo"},
  };
  for (const auto& [payload, message] : cases) {
    EXPECT_THAT(DecodeAnswerFrame(payload),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("a " + message + " is not well formed")));
  }
}

}  // namespace
}  // namespace keyhold::agent
