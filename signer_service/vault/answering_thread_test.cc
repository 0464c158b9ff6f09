#include "signer_service/vault/answering_thread.h"

#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;

TEST(AnsweringThreadTest, GivesOutInOrderOnItsThread) {
  std::vector<int> given;
  std::vector<std::thread::id> threads;
  {
    AnsweringThread answering;
    for (int i = 1; i <= 3; ++i) {
      answering.GiveOut([&, i] {
        given.push_back(i);
        threads.push_back(std::this_thread::get_id());
      });
    }
  }
  EXPECT_THAT(given, ElementsAre(1, 2, 3));
  EXPECT_EQ(threads[0], threads[2]);
  EXPECT_NE(threads[0], std::this_thread::get_id());
}

TEST(AnsweringThreadTest, ItsEndWaitsForTheAnswers) {
  absl::Notification held;
  absl::Notification begun;
  int given = 0;
  std::thread opener;
  {
    AnsweringThread answering;
    answering.GiveOut([&] {
      begun.Notify();
      held.WaitForNotification();
      ++given;
    });
    begun.WaitForNotification();
    answering.GiveOut([&] { ++given; });
    opener = std::thread([&] { held.Notify(); });
  }
  EXPECT_EQ(given, 2);
  opener.join();
}

// An answer may ask for more.
TEST(AnsweringThreadTest, AnAnswerMayAddAnother) {
  int given = 0;
  {
    AnsweringThread answering;
    answering.GiveOut([&] {
      ++given;
      answering.GiveOut([&] { ++given; });
    });
  }
  EXPECT_EQ(given, 2);
}

}  // namespace
}  // namespace keyhold
