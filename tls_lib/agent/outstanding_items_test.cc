#include "tls_lib/agent/outstanding_items.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

// Says when it is cancelled.
class FlagPending final : public Pending {
 public:
  explicit FlagPending(bool& flag) : flag_(flag) {}
  ~FlagPending() override { flag_ = true; }

 private:
  bool& flag_;
};

class OutstandingItemsTest : public testing::Test {
 protected:
  static signer::v1::SignRequest Request(uint64_t id) {
    signer::v1::SignRequest request;
    request.set_id(id);
    request.set_spki_sha256(std::string(32, 'k'));
    return request;
  }
  absl::Status Add(uint64_t id) {
    return items_.Add(Request(id), {33, 34}, limits_);
  }

  AgentLimits limits_;
  UserBudget user_;
  OutstandingItems items_{user_};
};

TEST_F(OutstandingItemsTest, CountsFromAddToRemove) {
  EXPECT_TRUE(items_.empty());
  ASSERT_THAT(Add(1), IsOk());
  ASSERT_THAT(Add(2), IsOk());
  EXPECT_EQ(user_.items(), 2);
  EXPECT_GT(user_.bytes(), 64);
  EXPECT_TRUE(items_.Remove(1));
  EXPECT_FALSE(items_.Remove(1));
  EXPECT_EQ(user_.items(), 1);
  items_.Clear();
  EXPECT_TRUE(items_.empty());
  EXPECT_EQ(user_.items(), 0);
  EXPECT_EQ(user_.bytes(), 0);
}

TEST_F(OutstandingItemsTest, AnIdOnlyOnceAtATime) {
  ASSERT_THAT(Add(7), IsOk());
  const absl::Status again = Add(7);
  EXPECT_THAT(again,
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "id: 7 is that of an item that is outstanding already"));
  EXPECT_EQ(GetReason(again), ErrorReason::kInvalidRequest);
  items_.Remove(7);
  EXPECT_THAT(Add(7), IsOk());
}

TEST_F(OutstandingItemsTest, LimitsOfTheConnectionAndTheUser) {
  limits_.max_items_in_flight = 2;
  ASSERT_THAT(Add(1), IsOk());
  ASSERT_THAT(Add(2), IsOk());
  const absl::Status third = Add(3);
  EXPECT_THAT(third, StatusIs(absl::StatusCode::kResourceExhausted,
                              HasSubstr("this connection has 2 signatures")));
  EXPECT_EQ(GetReason(third), ErrorReason::kTooManyInFlight);
  limits_.max_items_in_flight = 100;
  limits_.max_items_in_flight_per_user = 2;
  EXPECT_THAT(Add(3), StatusIs(absl::StatusCode::kResourceExhausted,
                               HasSubstr("uid 33 has 2 signatures")));
  limits_.max_items_in_flight_per_user = 100;
  limits_.max_bytes_per_user = user_.bytes() + 1;
  EXPECT_THAT(Add(3), StatusIs(absl::StatusCode::kResourceExhausted,
                               HasSubstr("limits.max_bytes_per_user")));
  EXPECT_EQ(user_.items(), 2) << "what was refused is not counted";
}

TEST_F(OutstandingItemsTest, RemoveAndClearCancel) {
  bool first = false;
  bool second = false;
  bool late = false;
  ASSERT_THAT(Add(1), IsOk());
  ASSERT_THAT(Add(2), IsOk());
  items_.SetPending(1, std::make_unique<FlagPending>(first));
  items_.SetPending(2, std::make_unique<FlagPending>(second));
  items_.Remove(1);
  EXPECT_TRUE(first);
  EXPECT_FALSE(second);
  items_.Clear();
  EXPECT_TRUE(second);
  // The answer was there before the handle was.
  items_.SetPending(1, std::make_unique<FlagPending>(late));
  EXPECT_TRUE(late);
}

TEST_F(OutstandingItemsTest, WaitingForAListing) {
  const absl::Time now = absl::Now();
  EXPECT_EQ(items_.Late(now), std::nullopt);
  ASSERT_THAT(Add(1), IsOk());
  ASSERT_THAT(Add(2), IsOk());
  items_.SetWaiting({Request(1), now + absl::Seconds(1), 5});
  items_.SetWaiting({Request(2), now + absl::Seconds(3), 6});
  items_.SetWaiting({Request(3), now, 1});  // not outstanding
  EXPECT_THAT(items_.Late(now), Optional(IsEmpty()));
  EXPECT_THAT(items_.Late(now + absl::Seconds(2)), Optional(ElementsAre(1)));
  EXPECT_THAT(items_.TakeWaiting(4), IsEmpty());
  const auto taken = items_.TakeWaiting(5);
  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_EQ(taken[0].request.id(), 1u);
  EXPECT_THAT(items_.TakeWaiting(5), IsEmpty());
  EXPECT_THAT(items_.TakeWaiting(7), SizeIs(1));
  EXPECT_EQ(items_.Late(now), std::nullopt);
  EXPECT_EQ(user_.items(), 2) << "they are outstanding still";
}

}  // namespace
}  // namespace keyhold
