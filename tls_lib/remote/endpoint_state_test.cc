#include "tls_lib/remote/endpoint_state.h"

#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using Health = EndpointState::Health;
using Rank = EndpointState::Rank;

absl::Time At(double seconds) {
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

class EndpointStateTest : public testing::Test {
 protected:
  void Fail(int times, double at) {
    for (int i = 0; i < times; ++i) {
      ejected_ = state_.Failed(absl::UnavailableError("broken"), At(at));
    }
  }
  absl::Duration EjectedFor(double since) const {
    return state_.ejected_until() - At(since);
  }

  EndpointState state_;
  bool ejected_ = false;
};

TEST_F(EndpointStateTest, UsableOnceOpen) {
  EXPECT_EQ(state_.rank(), Rank::kClosed);
  state_.Connecting();
  EXPECT_EQ(state_.rank(), Rank::kClosed);
  state_.Opened(1);
  EXPECT_EQ(state_.rank(), Rank::kUsable);
  state_.Closed(absl::UnavailableError("reset"), At(1));
  EXPECT_EQ(state_.rank(), Rank::kClosed);
  EXPECT_THAT(state_.last_error(),
              StatusIs(absl::StatusCode::kUnavailable, "reset"));
  EXPECT_EQ(state_.last_error_time(), At(1));
}

TEST_F(EndpointStateTest, HasAsManyPlacesAsTheServiceGives) {
  state_.Opened(2);
  state_.Sent();
  EXPECT_TRUE(state_.has_room());
  state_.Sent();
  EXPECT_FALSE(state_.has_room());
  state_.Settled();
  EXPECT_TRUE(state_.has_room());
  EXPECT_EQ(state_.outstanding(), 1);
}

TEST_F(EndpointStateTest, HealthAndDrainingMakeItDoubtful) {
  state_.Opened(1);
  state_.HealthIs(Health::kNotServing);
  EXPECT_EQ(state_.rank(), Rank::kDoubtful);
  state_.HealthIs(Health::kServing);
  EXPECT_EQ(state_.rank(), Rank::kUsable);
  state_.Draining();
  EXPECT_EQ(state_.rank(), Rank::kDoubtful);
  // A new process in its place.
  state_.Closed(absl::UnavailableError("gone"), At(1));
  state_.Opened(1);
  EXPECT_EQ(state_.rank(), Rank::kUsable);
}

TEST_F(EndpointStateTest, FailuresInARowEject) {
  state_.Opened(1);
  Fail(EndpointState::kMaxFailures - 1, 1);
  EXPECT_FALSE(ejected_);
  state_.Succeeded();
  Fail(EndpointState::kMaxFailures - 1, 1);
  EXPECT_FALSE(state_.ejected());
  Fail(1, 1);
  EXPECT_TRUE(ejected_);
  EXPECT_EQ(state_.rank(), Rank::kDoubtful);
  // An answer alone does not end it: it had answered all the time.
  EXPECT_FALSE(state_.Spoke(At(1.1)));
  EXPECT_TRUE(state_.ejected());
  state_.ProbeSucceeded();
  EXPECT_EQ(state_.rank(), Rank::kUsable);
}

TEST_F(EndpointStateTest, SilenceEjectsAndSpeakingEndsIt) {
  state_.Opened(1);
  state_.Spoke(At(5));
  EXPECT_FALSE(state_.WasSilent(At(4), At(6)));
  EXPECT_TRUE(state_.WasSilent(At(5.5), At(6)));
  EXPECT_FALSE(state_.WasSilent(At(5.6), At(6.1)));  // it is out already
  EXPECT_EQ(state_.rank(), Rank::kDoubtful);
  EXPECT_TRUE(state_.Spoke(At(6.2)));
  EXPECT_EQ(state_.rank(), Rank::kUsable);
}

TEST_F(EndpointStateTest, EjectionsGrowUntilASuccess) {
  state_.Opened(1);
  EXPECT_TRUE(state_.WasSilent(At(0), At(1)));
  EXPECT_GE(EjectedFor(1), absl::Seconds(0.8));
  EXPECT_LE(EjectedFor(1), absl::Seconds(1.2));
  state_.ProbeFailed(At(2));
  EXPECT_GE(EjectedFor(2), absl::Seconds(1.6));
  for (int i = 0; i < 10; ++i) state_.ProbeFailed(At(3));
  EXPECT_GE(EjectedFor(3), absl::Seconds(8));
  EXPECT_LE(EjectedFor(3), absl::Seconds(12));
  state_.ProbeSucceeded();
  state_.Succeeded();
  EXPECT_TRUE(state_.WasSilent(At(4), At(5)));
  EXPECT_LE(EjectedFor(5), absl::Seconds(1.2));
}

TEST_F(EndpointStateTest, RemembersThePolicyVersion) {
  state_.PolicyVersionIs("v1");
  state_.PolicyVersionIs("");
  EXPECT_EQ(state_.policy_version(), "v1");
  state_.PolicyVersionIs("v2");
  EXPECT_EQ(state_.policy_version(), "v2");
}

}  // namespace
}  // namespace keyhold
