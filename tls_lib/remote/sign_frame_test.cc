#include "tls_lib/remote/sign_frame.h"

#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using signer::v1::ServiceLimits;
using signer::v1::SignBatchRequest;
using signer::v1::SignRequest;

ServiceLimits Limits(uint32_t items, uint32_t bytes) {
  ServiceLimits limits;
  limits.set_max_items_per_frame(items);
  limits.set_max_frame_bytes(bytes);
  return limits;
}

SignRequest Request() {
  SignRequest request;
  request.set_spki_sha256(std::string(32, 'k'));
  request.set_scheme(0x0403);
  request.set_request_id("0123456789abcdef");
  request.mutable_tls13_certificate_verify()->set_transcript_hash(
      std::string(32, 'h'));
  return request;
}

SignBatchRequest Parse(const std::string& bytes) {
  SignBatchRequest frame;
  EXPECT_TRUE(frame.ParseFromString(bytes));
  return frame;
}

TEST(SignFrame, ItemsCarryTheirOwnIdAndTime) {
  SignRequest stale = Request();
  stale.set_id(77);
  stale.set_time_left_us(77);
  const std::string body = SignItemBody(stale);
  SignFrame frame(Limits(64, 262144));
  EXPECT_TRUE(frame.empty());
  EXPECT_TRUE(frame.Add(1, body, absl::Milliseconds(5)));
  EXPECT_TRUE(frame.Add(~uint64_t{0}, body, absl::Seconds(-1)));
  const SignBatchRequest sent = Parse(frame.Take());
  ASSERT_EQ(sent.items_size(), 2);
  SignRequest wanted = Request();
  wanted.set_id(1);
  wanted.set_time_left_us(5000);
  EXPECT_EQ(sent.items(0).SerializeAsString(), wanted.SerializeAsString());
  EXPECT_EQ(sent.items(1).id(), ~uint64_t{0});
  EXPECT_TRUE(sent.items(1).has_time_left_us());
  EXPECT_EQ(sent.items(1).time_left_us(), 0);
}

TEST(SignFrame, CancellationsStandBesideItems) {
  SignFrame frame(Limits(64, 262144));
  EXPECT_TRUE(frame.Cancel(3));
  EXPECT_TRUE(frame.Add(9, SignItemBody(Request()), absl::Seconds(1)));
  EXPECT_TRUE(frame.Cancel(300));
  const SignBatchRequest sent = Parse(frame.Take());
  ASSERT_EQ(sent.cancel_ids_size(), 2);
  EXPECT_EQ(sent.cancel_ids(1), 300);
  EXPECT_EQ(sent.items_size(), 1);
}

TEST(SignFrame, HoldsAsManyItemsAsTheServiceTakes) {
  const std::string body = SignItemBody(Request());
  SignFrame frame(Limits(2, 262144));
  EXPECT_TRUE(frame.Add(1, body, absl::Seconds(1)));
  EXPECT_TRUE(frame.Add(2, body, absl::Seconds(1)));
  EXPECT_FALSE(frame.Add(3, body, absl::Seconds(1)));
  EXPECT_TRUE(frame.Cancel(1));
  EXPECT_EQ(Parse(frame.Take()).items_size(), 2);
}

TEST(SignFrame, HoldsAsManyBytesAsTheServiceTakes) {
  const std::string body(1000, 'x');
  const ServiceLimits limits = Limits(64, 2500);
  SignFrame frame(limits);
  EXPECT_TRUE(frame.Add(1, body, absl::Seconds(1)));
  EXPECT_TRUE(frame.Add(2, body, absl::Seconds(1)));
  EXPECT_FALSE(frame.Add(3, body, absl::Seconds(1)));
  EXPECT_LE(frame.Take().size(), 2500);
  EXPECT_TRUE(SignFrame::Fits(limits, body));
  EXPECT_FALSE(SignFrame::Fits(limits, std::string(2500, 'x')));
}

TEST(SignFrame, LimitsThatAreNotStatedStillLetOneThrough) {
  const std::string body = SignItemBody(Request());
  SignFrame frame(ServiceLimits{});
  EXPECT_TRUE(frame.Add(1, body, absl::Seconds(1)));
  EXPECT_FALSE(frame.Add(2, body, absl::Seconds(1)));
}

}  // namespace
}  // namespace keyhold
