#include "tls_lib/agent/signing_turns.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

class SigningTurnsTest : public testing::Test {
 protected:
  std::unique_ptr<SigningTurns::Turn> Enter(uid_t uid,
                                            const std::string& name) {
    return turns_.Enter(uid,
                        [this, name] { absl::StrAppend(&begun_, name, " "); });
  }

  SigningTurns turns_{2};
  std::string begun_;
};

TEST_F(SigningTurnsTest, NobodyWaitsBelowTheBound) {
  auto a = Enter(1, "a");
  auto b = Enter(1, "b");
  EXPECT_EQ(begun_, "a b ");
  a.reset();
  auto c = Enter(1, "c");
  EXPECT_EQ(begun_, "a b c ");
}

TEST_F(SigningTurnsTest, PlacesGoToTheUsersInTurn) {
  std::vector<std::unique_ptr<SigningTurns::Turn>> first;
  first.push_back(Enter(1, "a"));
  first.push_back(Enter(1, "b"));
  std::vector<std::unique_ptr<SigningTurns::Turn>> turns;
  for (const char* name : {"a1", "a2", "a3"}) turns.push_back(Enter(1, name));
  for (const char* name : {"b1", "b2"}) turns.push_back(Enter(2, name));
  turns.push_back(Enter(3, "c1"));
  EXPECT_EQ(begun_, "a b ");
  first.clear();
  EXPECT_EQ(begun_, "a b a1 b1 ");
  turns[0].reset();
  EXPECT_EQ(begun_, "a b a1 b1 c1 ");
  turns[3].reset();
  turns[5].reset();
  EXPECT_EQ(begun_, "a b a1 b1 c1 a2 b2 ");
  turns.clear();
  EXPECT_EQ(begun_, "a b a1 b1 c1 a2 b2 a3 ");
}

TEST_F(SigningTurnsTest, WhoLeavesTheQueueIsPassedOver) {
  auto a = Enter(1, "a");
  auto b = Enter(1, "b");
  auto gone = Enter(2, "gone");
  auto last = Enter(3, "last");
  gone.reset();
  a.reset();
  EXPECT_EQ(begun_, "a b last ");
  last.reset();
  b.reset();
  auto c = Enter(2, "c");
  EXPECT_EQ(begun_, "a b last c ");
}

TEST_F(SigningTurnsTest, ManyThreads) {
  std::atomic<int> begun{0};
  std::vector<std::thread> threads;
  for (uid_t uid = 0; uid < 8; ++uid) {
    threads.emplace_back([&, uid] {
      for (int i = 0; i < 1000; ++i) {
        auto one = turns_.Enter(uid, [&] { ++begun; });
        auto two = turns_.Enter(uid, [&] { ++begun; });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(begun, 16000);
  bool free = false;
  auto last = turns_.Enter(1, [&] { free = true; });
  EXPECT_TRUE(free);
}

}  // namespace
}  // namespace keyhold
