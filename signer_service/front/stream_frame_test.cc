#include "signer_service/front/stream_frame.h"

#include <deque>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "grpcpp/support/slice.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using signer::v1::SignBatchRequest;
using signer::v1::SignBatchResponse;
using signer::v1::SignRequest;
using signer::v1::SignResponse;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

grpc::ByteBuffer Bytes(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

absl::StatusOr<ClientFrame> Parse(const std::string& text,
                                  RequestLimits limits = RequestLimits()) {
  return ParseClientFrame(Bytes(text), limits);
}

SignRequest Item(uint64_t id, size_t message_bytes = 0) {
  SignRequest item;
  item.set_id(id);
  item.set_message(std::string(message_bytes, 'm'));
  return item;
}

std::vector<uint64_t> Ids(const std::vector<SignRequest>& items) {
  std::vector<uint64_t> ids;
  for (const SignRequest& item : items) ids.push_back(item.id());
  return ids;
}

TEST(StreamFrameTest, LimitsSayWhatIsEnforced) {
  RequestLimits limits;
  limits.max_items_in_flight = 5;
  limits.max_items_per_frame = 6;
  limits.max_message_bytes = 7;
  limits.max_time = absl::Milliseconds(8);
  const signer::v1::ServiceLimits out = MakeServiceLimits(limits);
  EXPECT_EQ(out.max_items_in_flight(), 5u);
  EXPECT_EQ(out.max_items_per_frame(), 6u);
  EXPECT_EQ(out.max_frame_bytes(), 262144u);
  EXPECT_EQ(out.max_message_bytes(), 7u);
  EXPECT_EQ(out.max_handshake_bytes(), 65536u);
  EXPECT_EQ(out.max_time_us(), 8000u);
  EXPECT_THAT(out.accepted_usages(),
              ElementsAre(signer::v1::USAGE_TLS13_SERVER,
                          signer::v1::USAGE_TLS12_SERVER,
                          signer::v1::USAGE_TLS13_CLIENT,
                          signer::v1::USAGE_TLS12_CLIENT,
                          signer::v1::USAGE_DIGEST, signer::v1::USAGE_MESSAGE,
                          signer::v1::USAGE_CSR,
                          signer::v1::USAGE_SELF_SIGNED));
}

TEST(StreamFrameTest, ReadsItemsAndCancelIds) {
  SignBatchRequest frame;
  *frame.add_items() = Item(1, 3);
  *frame.add_items() = Item(2);
  frame.add_cancel_ids(7);
  frame.add_cancel_ids(uint64_t{1} << 63);
  const absl::StatusOr<ClientFrame> parsed = Parse(frame.SerializeAsString());
  ASSERT_THAT(parsed, IsOk());
  EXPECT_THAT(Ids(parsed->items), ElementsAre(1, 2));
  EXPECT_EQ(parsed->items[0].message(), "mmm");
  EXPECT_THAT(parsed->refused, IsEmpty());
  EXPECT_THAT(parsed->cancel_ids, ElementsAre(7, uint64_t{1} << 63));
}

TEST(StreamFrameTest, ReadsEveryLegalEncoding) {
  EXPECT_THAT(Parse("")->items, IsEmpty());
  // Unpacked cancel_ids, and fields of a later version of every wire type.
  const std::string text(
      "\x10\x05"                              // cancel_ids: 5
      "\x18\x01"                              // 3: varint
      "\x22\x02zz"                            // 4: bytes
      "\x2d\x01\x02\x03\x04"                  // 5: fixed32
      "\x31\x01\x02\x03\x04\x05\x06\x07\x08"  // 6: fixed64
      "\x0a\x02\x08\x09"                      // items: {id: 9}
      ,
      2 + 2 + 4 + 5 + 9 + 4);
  const absl::StatusOr<ClientFrame> parsed = Parse(text);
  ASSERT_THAT(parsed, IsOk());
  EXPECT_THAT(parsed->cancel_ids, ElementsAre(5));
  EXPECT_THAT(Ids(parsed->items), ElementsAre(9));
}

TEST(StreamFrameTest, WhatIsNoFrameEndsTheStream) {
  for (const std::string& text :
       {std::string("\x0a"), std::string("\x0a\x05hi"), std::string("\x0a\xff"),
        std::string("\x0a\xff\xff\xff\xff\x0f"),
        std::string("\x12\x02\x80\x80"), std::string("\x12\x01\x80\x01", 4),
        std::string("\x00", 1), std::string("\x0a\x02\x0a\x05"),
        std::string("\x10"), std::string("\x07\x07"),
        std::string(20, '\xff')}) {
    const absl::Status status = Parse(text).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument,
                                 "the frame is not a SignBatchRequest"));
    EXPECT_THAT(GetReason(status), Optional(ErrorReason::kInvalidRequest));
  }
}

TEST(StreamFrameTest, ItemsBeyondTheLimitAreRefusedOneByOne) {
  RequestLimits limits;
  limits.max_items_per_frame = 2;
  SignBatchRequest frame;
  for (uint64_t id = 1; id <= 4; ++id) *frame.add_items() = Item(id);
  const absl::StatusOr<ClientFrame> parsed =
      Parse(frame.SerializeAsString(), limits);
  ASSERT_THAT(parsed, IsOk());
  EXPECT_THAT(Ids(parsed->items), ElementsAre(1, 2));
  ASSERT_THAT(parsed->refused, SizeIs(2));
  EXPECT_EQ(parsed->refused[1].request.id(), 4u);
  EXPECT_THAT(parsed->refused[1].status,
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "a frame holds at most 2 items; send the rest in "
                       "another"));
  EXPECT_THAT(GetReason(parsed->refused[1].status),
              Optional(ErrorReason::kFrameTooLarge));
}

TEST(StreamFrameTest, OneOversizeItemLeavesRoomForTheOthers) {
  SignBatchRequest frame;
  *frame.add_items() = Item(1, 1000);
  *frame.add_items() = Item(2, kMaxFrameBytes);
  *frame.add_items() = Item(3, 1000);
  const absl::StatusOr<ClientFrame> parsed = Parse(frame.SerializeAsString());
  ASSERT_THAT(parsed, IsOk());
  EXPECT_THAT(Ids(parsed->items), ElementsAre(1, 3));
  ASSERT_THAT(parsed->refused, SizeIs(1));
  EXPECT_EQ(parsed->refused[0].request.id(), 2u);
  EXPECT_THAT(parsed->refused[0].status,
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("a frame holds at most 262144 bytes")));
}

TEST(StreamFrameTest, ItemsThatTogetherAreTooLarge) {
  SignBatchRequest frame;
  for (uint64_t id = 1; id <= 5; ++id) *frame.add_items() = Item(id, 60000);
  const absl::StatusOr<ClientFrame> parsed = Parse(frame.SerializeAsString());
  ASSERT_THAT(parsed, IsOk());
  EXPECT_THAT(Ids(parsed->items), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(parsed->refused, SizeIs(1));
}

TEST(StreamFrameTest, FramesThatCostTooMuchEndTheStream) {
  const absl::Status bytes =
      Parse(std::string(kHardFrameBytes + 1, 'x')).status();
  EXPECT_THAT(bytes, StatusIs(absl::StatusCode::kResourceExhausted,
                              HasSubstr("the frame has 1048577 bytes")));
  EXPECT_THAT(GetReason(bytes), Optional(ErrorReason::kFrameTooLarge));
  SignBatchRequest frame;
  for (size_t i = 0; i <= kHardFrameItems; ++i) frame.add_items();
  EXPECT_THAT(Parse(frame.SerializeAsString()),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "the frame has more than 4096 items"));
}

SignBatchResponse Take(std::deque<SignResponse>& answers,
                       const RequestLimits& limits) {
  const grpc::ByteBuffer bytes = TakeServerFrame(answers, limits);
  EXPECT_LE(bytes.Length(), kMaxFrameBytes);
  grpc::Slice slice;
  EXPECT_TRUE(bytes.DumpToSingleSlice(&slice).ok());
  SignBatchResponse frame;
  EXPECT_TRUE(
      frame.ParseFromArray(slice.begin(), static_cast<int>(slice.size())));
  return frame;
}

TEST(StreamFrameTest, AnswersAreSplitByNumberAndBytes) {
  RequestLimits limits;
  limits.max_items_per_frame = 3;
  std::deque<SignResponse> answers(7);
  EXPECT_THAT(Take(answers, limits).items(), SizeIs(3));
  EXPECT_THAT(Take(answers, limits).items(), SizeIs(3));
  EXPECT_THAT(Take(answers, limits).items(), SizeIs(1));
  EXPECT_THAT(answers, IsEmpty());

  limits.max_items_per_frame = 64;
  answers.resize(3);
  for (SignResponse& answer : answers) {
    answer.set_signed_object(std::string(100000, 'o'));
  }
  EXPECT_THAT(Take(answers, limits).items(), SizeIs(2));
  EXPECT_THAT(Take(answers, limits).items(), SizeIs(1));
}

}  // namespace
}  // namespace keyhold
