#include "tls_lib/agent/known_keys.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::UnorderedElementsAre;

signer::v1::Key Key(const std::string& id, const std::string& spki_sha256) {
  signer::v1::Key key;
  key.set_id(id);
  key.set_spki_sha256(spki_sha256);
  return key;
}

class KnownKeysTest : public testing::Test {
 protected:
  using Answer = absl::StatusOr<std::vector<signer::v1::Key>>;

  KnownKeys::List List() {
    return [this]() -> Answer {
      absl::MutexLock lock(&mutex_);
      return answer_;
    };
  }
  KnownKeys::OnListed OnListed() {
    return [this](uint64_t number, const absl::Status& status) {
      absl::MutexLock lock(&mutex_);
      listed_ = number;
      last_ = status;
    };
  }
  void SetAnswer(Answer answer) {
    absl::MutexLock lock(&mutex_);
    answer_ = std::move(answer);
  }
  absl::Status WaitFor(uint64_t number) {
    absl::MutexLock lock(&mutex_);
    const auto there = [this, number]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return listed_ >= number;
    };
    mutex_.Await(absl::Condition(&there));
    return last_;
  }

  absl::Mutex mutex_;
  Answer answer_ ABSL_GUARDED_BY(mutex_) = std::vector<signer::v1::Key>{
      Key("www", "A"), Key("shop", "A"), Key("mail", "B")};
  uint64_t listed_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status last_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(KnownKeysTest, AsksAtTheStart) {
  KnownKeys keys(List(), OnListed());
  EXPECT_THAT(WaitFor(1), IsOk());
  ASSERT_NE(keys.IdsOf("A"), nullptr);
  EXPECT_THAT(*keys.IdsOf("A"), UnorderedElementsAre("www", "shop"));
  EXPECT_THAT(*keys.IdsOf("B"), UnorderedElementsAre("mail"));
  EXPECT_EQ(keys.IdsOf("C"), nullptr);
}

TEST_F(KnownKeysTest, RefreshBringsWhatIsNew) {
  KnownKeys keys(List(), OnListed());
  ASSERT_THAT(WaitFor(1), IsOk());
  SetAnswer(std::vector<signer::v1::Key>{Key("new", "C")});
  EXPECT_THAT(WaitFor(keys.Refresh()), IsOk());
  ASSERT_NE(keys.IdsOf("C"), nullptr);
  EXPECT_EQ(keys.IdsOf("A"), nullptr);
}

TEST_F(KnownKeysTest, KeepsWhatItKnowsWhileNobodyAnswers) {
  KnownKeys keys(List(), OnListed());
  ASSERT_THAT(WaitFor(1), IsOk());
  SetAnswer(absl::UnavailableError("away"));
  EXPECT_THAT(WaitFor(keys.Refresh()),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_NE(keys.IdsOf("A"), nullptr);
}

TEST_F(KnownKeysTest, AnotherSignerIsAskedAtOnce) {
  KnownKeys keys(List(), OnListed());
  ASSERT_THAT(WaitFor(1), IsOk());
  keys.SetList([]() -> Answer {
    return std::vector<signer::v1::Key>{Key("other", "D")};
  });
  EXPECT_THAT(WaitFor(2), IsOk());
  EXPECT_NE(keys.IdsOf("D"), nullptr);
  EXPECT_EQ(keys.IdsOf("A"), nullptr);
}

}  // namespace
}  // namespace keyhold
