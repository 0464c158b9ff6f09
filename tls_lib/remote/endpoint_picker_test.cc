#include "tls_lib/remote/endpoint_picker.h"

#include <optional>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using ::testing::Optional;
using Rank = EndpointState::Rank;

EndpointCandidate Candidate(Rank rank, size_t outstanding) {
  EndpointCandidate candidate;
  candidate.rank = rank;
  candidate.outstanding = outstanding;
  return candidate;
}

TEST(PickEndpoint, LeastOutstandingFirst) {
  const std::vector<EndpointCandidate> all = {Candidate(Rank::kUsable, 3),
                                              Candidate(Rank::kUsable, 1),
                                              Candidate(Rank::kUsable, 2)};
  for (size_t turn = 0; turn < 4; ++turn) {
    EXPECT_THAT(PickEndpoint(all, turn, false), Optional(1));
  }
}

TEST(PickEndpoint, EqualsTakeTurns) {
  const std::vector<EndpointCandidate> all(3, Candidate(Rank::kUsable, 1));
  EXPECT_THAT(PickEndpoint(all, 0, false), Optional(0));
  EXPECT_THAT(PickEndpoint(all, 1, false), Optional(1));
  EXPECT_THAT(PickEndpoint(all, 5, false), Optional(2));
}

TEST(PickEndpoint, RankGoesBeforeLoad) {
  const std::vector<EndpointCandidate> all = {Candidate(Rank::kDoubtful, 0),
                                              Candidate(Rank::kUsable, 100)};
  EXPECT_THAT(PickEndpoint(all, 0, false), Optional(1));
}

TEST(PickEndpoint, ADoubtfulOneIsBetterThanNone) {
  std::vector<EndpointCandidate> all = {Candidate(Rank::kClosed, 0),
                                        Candidate(Rank::kDoubtful, 7)};
  EXPECT_THAT(PickEndpoint(all, 0, false), Optional(1));
  all[1].tried = true;
  EXPECT_EQ(PickEndpoint(all, 0, false), std::nullopt);
  EXPECT_THAT(PickEndpoint(all, 0, true), Optional(0));
}

TEST(PickEndpoint, WithoutRoomThereIsNoSending) {
  std::vector<EndpointCandidate> all = {Candidate(Rank::kUsable, 0),
                                        Candidate(Rank::kUsable, 9)};
  all[0].has_room = false;
  EXPECT_THAT(PickEndpoint(all, 0, false), Optional(1));
  all[1].has_room = false;
  EXPECT_EQ(PickEndpoint(all, 0, false), std::nullopt);
}

TEST(PickEndpoint, NoEndpointAtAll) {
  EXPECT_EQ(PickEndpoint({}, 3, true), std::nullopt);
}

}  // namespace
}  // namespace keyhold
