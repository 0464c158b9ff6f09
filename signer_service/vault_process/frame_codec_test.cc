#include "signer_service/vault_process/frame_codec.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keyhold/processes/v1/frames.pb.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

SignJob TestJob() {
  SignJob job;
  job.request.set_id(3);
  job.request.set_spki_sha256(std::string(32, 'k'));
  job.request.set_scheme(0x0403);
  job.request.set_server_name("www.example.test");
  job.request.mutable_tls13_certificate_verify()->set_role(
      signer::v1::ROLE_SERVER);
  job.request.mutable_tls13_certificate_verify()->set_transcript_hash(
      std::string(32, 'h'));
  job.hop.identity = "spiffe://example.test/web";
  job.hop.received = absl::FromUnixNanos(1'700'000'000'123'456'789);
  job.hop.deadline = job.hop.received + absl::Seconds(2);
  return job;
}

std::string FrameOf(int jobs) {
  std::string frame;
  for (int i = 0; i < jobs; ++i) {
    AppendJob(static_cast<uint64_t>(i), TestJob(), frame);
  }
  return frame;
}

void ExpectNoFrame(absl::string_view frame, absl::string_view why) {
  EXPECT_THAT(DecodeJobs(frame), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr(std::string(why))));
}

TEST(FrameCodecTest, JobsComeThroughAsTheyWere) {
  std::string frame;
  const SignJob first = TestJob();
  SignJob second = TestJob();
  second.hop.identity.clear();
  second.hop.deadline = absl::InfiniteFuture();
  second.request.set_message("m");
  AppendJob(7, first, frame);
  AppendJob(uint64_t{1} << 63, second, frame);
  const auto jobs = DecodeJobs(frame);
  ASSERT_THAT(jobs, IsOk());
  ASSERT_EQ(jobs->size(), 2);
  EXPECT_EQ((*jobs)[0].id, 7);
  EXPECT_EQ((*jobs)[0].job.request.SerializeAsString(),
            first.request.SerializeAsString());
  EXPECT_EQ((*jobs)[0].job.hop.identity, first.hop.identity);
  EXPECT_EQ((*jobs)[0].job.hop.received, first.hop.received);
  EXPECT_EQ((*jobs)[0].job.hop.deadline, first.hop.deadline);
  EXPECT_EQ((*jobs)[1].id, uint64_t{1} << 63);
  EXPECT_EQ((*jobs)[1].job.hop.identity, "");
  EXPECT_EQ((*jobs)[1].job.hop.deadline, absl::InfiniteFuture());
  EXPECT_EQ((*jobs)[1].job.request.message(), "m");
}

TEST(FrameCodecTest, AsManyJobsAsAFrameTakes) {
  EXPECT_THAT(DecodeJobs(FrameOf(kMaxPacketJobs)), IsOk());
  ExpectNoFrame(FrameOf(kMaxPacketJobs + 1), "more than 64 jobs");
  ExpectNoFrame("", "no jobs");
  ExpectNoFrame(std::string(kMaxPacketBytes + 1, 'x'), "too long");
}

TEST(FrameCodecTest, WhatNoEncoderWritesIsRefused) {
  const std::string frame = FrameOf(1);
  for (size_t cut = 1; cut < frame.size(); ++cut) {
    EXPECT_FALSE(DecodeJobs(frame.substr(0, cut)).ok()) << cut;
  }
  ExpectNoFrame(absl::StrCat(frame, "\x1a\x01x"), "unknown field");
  std::string twice = frame;
  AppendJob(0, TestJob(), twice);
  ExpectNoFrame(twice, "one id twice");
  processes::v1::RequestFrame half;
  half.add_jobs()->mutable_request();
  ExpectNoFrame(half.SerializeAsString(), "without request or hop");
  half.mutable_jobs(0)->mutable_hop();
  half.mutable_jobs(0)->mutable_request()->MergeFromString("\xf8\x07\x01");
  ExpectNoFrame(half.SerializeAsString(), "unknown field of a job");
}

TEST(FrameCodecTest, ResultsComeThroughWithReasonsAndPayloads) {
  ResultFrame frame;
  frame.frames_taken = 2;
  absl::Status refused =
      WithReason(absl::NotFoundError("no such key"), ErrorReason::kKeyNotFound);
  refused.SetPayload("example/other", absl::Cord("bytes"));
  frame.results.push_back({1, std::string("signature")});
  frame.results.push_back({2, refused});
  frame.engine_names = {"openssl", "openssl-p256-batch"};
  const auto decoded = DecodeResults(EncodeResults(frame));
  ASSERT_THAT(decoded, IsOk());
  EXPECT_EQ(decoded->frames_taken, 2);
  ASSERT_EQ(decoded->results.size(), 2);
  EXPECT_EQ(decoded->results[0].id, 1);
  EXPECT_EQ(*decoded->results[0].signature, "signature");
  EXPECT_EQ(decoded->results[1].signature.status(), refused);
  EXPECT_THAT(decoded->engine_names,
              ElementsAre("openssl", "openssl-p256-batch"));
}

TEST(FrameCodecTest, MalformedResultsAreRefused) {
  processes::v1::ResultFrame frame;
  frame.add_results()->set_id(1);
  EXPECT_THAT(DecodeResults(frame.SerializeAsString()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("without an outcome")));
  frame.mutable_results(0)->mutable_failure()->set_code(17);
  EXPECT_THAT(DecodeResults(frame.SerializeAsString()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("status code 17")));
  frame.mutable_results(0)->mutable_failure()->set_code(0);
  EXPECT_THAT(DecodeResults(frame.SerializeAsString()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("a failure that is OK")));
  frame.Clear();
  frame.add_engines()->set_key_type(1);
  EXPECT_THAT(
      DecodeResults(frame.SerializeAsString()),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("out of order")));
  EXPECT_THAT(DecodeResults("\xff"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace keyhold
