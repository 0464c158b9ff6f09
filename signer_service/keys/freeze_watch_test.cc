#include "signer_service/keys/freeze_watch.h"

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;

class FreezeWatchTest : public testing::Test {
 protected:
  FreezeWatchTest() {
    char pattern[] = "/tmp/keyhold-freeze-XXXXXX";
    folder_ = mkdtemp(pattern);
    path_ = folder_ + "/frozen";
  }
  ~FreezeWatchTest() override { std::filesystem::remove_all(folder_); }

  FreezeWatch::OnChange Receiver() {
    return [this](absl::StatusOr<FreezeList> list) {
      absl::MutexLock lock(&mutex_);
      changes_.push_back(std::move(list));
    };
  }
  absl::StatusOr<FreezeList> AwaitChange() {
    absl::MutexLock lock(&mutex_);
    const auto any = [this] { return !changes_.empty(); };
    mutex_.Await(absl::Condition(&any));
    absl::StatusOr<FreezeList> change = std::move(changes_.front());
    changes_.pop_front();
    return change;
  }
  void Freeze(absl::string_view id) {
    FreezeList list;
    ASSERT_THAT(list.FreezeKey(id), IsOk());
    ASSERT_THAT(list.Save(path_), IsOk());
  }

  std::string folder_;
  std::string path_;
  absl::Mutex mutex_;
  std::deque<absl::StatusOr<FreezeList>> changes_;
};

TEST_F(FreezeWatchTest, TellsWhenTheFileComesChangesAndGoes) {
  FreezeWatch watch(path_, {}, Receiver());
  Freeze("a");
  absl::StatusOr<FreezeList> change = AwaitChange();
  ASSERT_THAT(change, IsOk());
  EXPECT_THAT(change->keys(), ElementsAre("a"));
  Freeze("b");
  EXPECT_THAT(AwaitChange()->keys(), ElementsAre("b"));
  std::filesystem::remove(path_);
  change = AwaitChange();
  ASSERT_THAT(change, IsOk());
  EXPECT_TRUE(change->empty());
}

TEST_F(FreezeWatchTest, TellsOfWhatWasFrozenBeforeItBegan) {
  Freeze("a");
  FreezeWatch watch(path_, {}, Receiver());
  EXPECT_THAT(AwaitChange()->keys(), ElementsAre("a"));
}

TEST_F(FreezeWatchTest, TellsOfAFileThatCannotBeRead) {
  Freeze("a");
  FreezeWatch watch(path_, *FreezeList::Load(path_), Receiver());
  std::ofstream(path_ + ".new") << "nonsense";
  std::filesystem::rename(path_ + ".new", path_);
  EXPECT_THAT(AwaitChange(), StatusIs(absl::StatusCode::kInvalidArgument));
  Freeze("b");
  EXPECT_THAT(AwaitChange(), IsOk());
}

}  // namespace
}  // namespace keyhold
