#include "tls_lib/remote/scheme_choice_cache.h"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

constexpr SignatureScheme kPss = SignatureScheme::kRsaPssRsaeSha256;
constexpr SignatureScheme kPkcs1 = SignatureScheme::kRsaPkcs1Sha256;

SchemeChoiceCache::Question QuestionFor(uint32_t usable,
                                        std::string name = "www") {
  return {Role::kServer, TlsVersion::kTls13, std::move(name), usable};
}

absl::Status NoCommonScheme() {
  return WithReason(absl::FailedPreconditionError("nothing in common"),
                    ErrorReason::kNoCommonScheme);
}

class SchemeChoiceCacheTest : public testing::Test {
 protected:
  SchemeChoiceCacheTest() {
    options_.max_entries = 3;
    options_.refusal_lifetime = absl::Seconds(1);
    options_.clock = [this] { return now_; };
  }

  // Gets from the cache; a service with `answer` counts how often it is
  // asked.
  absl::StatusOr<SignatureScheme> Get(
      SchemeChoiceCache& cache, const SchemeChoiceCache::Question& question,
      absl::StatusOr<SignatureScheme> answer, std::string version = "v1") {
    auto choice = cache.Get(question, version_, absl::InfiniteFuture(), [&] {
      ++asked_;
      return SchemeChoiceCache::Answer{answer, version};
    });
    version_ = version;
    return choice;
  }

  SchemeChoiceCache::Options options_;
  absl::Time now_ = absl::UnixEpoch();
  // What a SignerClient would have seen last.
  std::string version_;
  int asked_ = 0;
};

TEST_F(SchemeChoiceCacheTest, AsksOncePerQuestion) {
  SchemeChoiceCache cache(options_);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Get(cache, QuestionFor(1), kPss), IsOkAndHolds(kPss));
  }
  EXPECT_EQ(asked_, 1);
}

TEST_F(SchemeChoiceCacheTest, EveryPartOfTheQuestionCounts) {
  options_.max_entries = 10;
  SchemeChoiceCache cache(options_);
  SchemeChoiceCache::Question question = QuestionFor(1);
  EXPECT_THAT(Get(cache, question, kPss), IsOk());
  question.usable = 2;
  EXPECT_THAT(Get(cache, question, kPss), IsOk());
  question.server_name = "mail";
  EXPECT_THAT(Get(cache, question, kPss), IsOk());
  question.version = TlsVersion::kTls12;
  EXPECT_THAT(Get(cache, question, kPss), IsOk());
  question.role = Role::kClient;
  EXPECT_THAT(Get(cache, question, kPss), IsOk());
  EXPECT_EQ(asked_, 5);
}

TEST_F(SchemeChoiceCacheTest, KeepsBothRefusalsForTheirLifetime) {
  SchemeChoiceCache cache(options_);
  const absl::Status denied = absl::PermissionDeniedError("not you");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(
        Get(cache, QuestionFor(1), NoCommonScheme()),
        StatusIs(absl::StatusCode::kFailedPrecondition, "nothing in common"));
    EXPECT_THAT(Get(cache, QuestionFor(2), denied),
                StatusIs(absl::StatusCode::kPermissionDenied, "not you"));
  }
  EXPECT_EQ(asked_, 2);
  now_ += absl::Seconds(1);
  EXPECT_THAT(Get(cache, QuestionFor(1), kPss), IsOkAndHolds(kPss));
  EXPECT_EQ(asked_, 3);
}

TEST_F(SchemeChoiceCacheTest, ChoicesDoNotAge) {
  SchemeChoiceCache cache(options_);
  EXPECT_THAT(Get(cache, QuestionFor(1), kPss), IsOk());
  now_ += absl::Hours(1000);
  EXPECT_THAT(Get(cache, QuestionFor(1), kPss), IsOk());
  EXPECT_EQ(asked_, 1);
}

TEST_F(SchemeChoiceCacheTest, FailuresToAskAreNeverKept) {
  SchemeChoiceCache cache(options_);
  for (const absl::Status& failure :
       {absl::UnavailableError("away"), absl::DeadlineExceededError("slow"),
        absl::NotFoundError("no key"), absl::InternalError("odd"),
        absl::FailedPreconditionError("for another reason")}) {
    EXPECT_THAT(Get(cache, QuestionFor(1), failure),
                StatusIs(failure.code(), std::string(failure.message())));
  }
  EXPECT_EQ(asked_, 5);
  EXPECT_EQ(cache.size(), 0);
}

TEST_F(SchemeChoiceCacheTest, AChoiceHoldsForItsPolicyOnly) {
  SchemeChoiceCache cache(options_);
  EXPECT_THAT(Get(cache, QuestionFor(1), kPss), IsOk());
  version_ = "v2";  // seen in some other answer
  EXPECT_THAT(Get(cache, QuestionFor(1), kPkcs1, "v2"), IsOkAndHolds(kPkcs1));
  EXPECT_EQ(asked_, 2);
}

TEST_F(SchemeChoiceCacheTest, SignersOfTwoPoliciesDoNotDisturbEachOther) {
  SchemeChoiceCache cache(options_);
  EXPECT_THAT(Get(cache, QuestionFor(1), kPss, "v1"), IsOk());
  version_ = "v2";
  EXPECT_THAT(Get(cache, QuestionFor(1), kPkcs1, "v2"), IsOk());
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(cache.TryGet(QuestionFor(1), "v1").value(), IsOkAndHolds(kPss));
    EXPECT_THAT(cache.TryGet(QuestionFor(1), "v2").value(),
                IsOkAndHolds(kPkcs1));
  }
  // One is asked, and another answers.
  version_ = "v1";
  EXPECT_THAT(Get(cache, QuestionFor(2), kPss, "v2"), IsOk());
  EXPECT_EQ(cache.TryGet(QuestionFor(2), "v1"), std::nullopt);
  EXPECT_THAT(cache.TryGet(QuestionFor(2), "v2").value(), IsOkAndHolds(kPss));
}

TEST_F(SchemeChoiceCacheTest, EntryUsedLongestAgoMakesRoom) {
  SchemeChoiceCache cache(options_);
  for (uint32_t usable : {1, 2, 3, 1, 4}) {
    EXPECT_THAT(Get(cache, QuestionFor(usable), kPss), IsOk());
  }
  EXPECT_EQ(asked_, 4);
  EXPECT_EQ(cache.size(), 3);
  EXPECT_THAT(Get(cache, QuestionFor(1), kPss), IsOk());
  EXPECT_EQ(asked_, 4);
  EXPECT_THAT(Get(cache, QuestionFor(2), kPss), IsOk());
  EXPECT_EQ(asked_, 5);
}

TEST_F(SchemeChoiceCacheTest, ForgetsOnlyTheSchemeThatWasRefused) {
  SchemeChoiceCache cache(options_);
  EXPECT_THAT(Get(cache, QuestionFor(1), kPss), IsOk());
  cache.Forget(QuestionFor(1), kPkcs1);
  cache.Forget(QuestionFor(2), kPss);
  EXPECT_EQ(cache.size(), 1);
  version_ = "v2";
  EXPECT_THAT(Get(cache, QuestionFor(1), kPss, "v2"), IsOk());
  EXPECT_EQ(cache.size(), 2);
  cache.Forget(QuestionFor(1), kPss);
  EXPECT_EQ(cache.size(), 0);
}

// The question is asked by a first caller; `others` join it while it waits.
class SharedQuestionTest : public testing::Test {
 protected:
  absl::StatusOr<SignatureScheme> Ask(absl::Time deadline,
                                      absl::StatusOr<SignatureScheme> answer) {
    return cache_.Get(QuestionFor(1), "v1", deadline, [&] {
      if (asked_.fetch_add(1) == 0) {
        first_is_asking_.Notify();
        answer_.WaitForNotification();
      }
      return SchemeChoiceCache::Answer{answer, "v1"};
    });
  }

  SchemeChoiceCache cache_{{}};
  std::atomic<int> asked_{0};
  absl::Notification first_is_asking_;
  absl::Notification answer_;
};

TEST_F(SharedQuestionTest, ConcurrentMissesShareOneCall) {
  std::vector<std::thread> callers;
  std::atomic<int> chosen{0};
  for (int i = 0; i < 16; ++i) {
    callers.emplace_back([&] {
      if (Ask(absl::InfiniteFuture(), kPss).ok()) ++chosen;
    });
  }
  first_is_asking_.WaitForNotification();
  answer_.Notify();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(chosen, 16);
  EXPECT_EQ(asked_, 1);
}

TEST_F(SharedQuestionTest, EachWaiterKeepsItsOwnDeadline) {
  std::thread first([&] {
    EXPECT_THAT(Ask(absl::InfiniteFuture(), kPss), IsOkAndHolds(kPss));
  });
  first_is_asking_.WaitForNotification();
  EXPECT_THAT(Ask(absl::Now() + absl::Milliseconds(1), kPss),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       HasSubstr("has not yet answered")));
  answer_.Notify();
  first.join();
  EXPECT_EQ(asked_, 1);
}

TEST_F(SharedQuestionTest, WaiterWithMoreTimeAsksAgain) {
  std::thread first([&] {
    EXPECT_THAT(Ask(absl::Now() + absl::Hours(1),
                    absl::DeadlineExceededError("the first one's time is up")),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  });
  first_is_asking_.WaitForNotification();
  std::thread second([&] {
    EXPECT_THAT(Ask(absl::InfiniteFuture(), kPss), IsOkAndHolds(kPss));
  });
  answer_.Notify();
  first.join();
  second.join();
  EXPECT_EQ(asked_, 2);
}

TEST_F(SharedQuestionTest, FailureToAskIsSharedWithThoseWhoHaveNoMoreTime) {
  const absl::Time deadline = absl::Now() + absl::Hours(1);
  std::thread first([&] {
    EXPECT_THAT(Ask(deadline, absl::UnavailableError("away")),
                StatusIs(absl::StatusCode::kUnavailable));
  });
  first_is_asking_.WaitForNotification();
  std::thread second([&] {
    EXPECT_THAT(Ask(deadline, absl::UnavailableError("away")),
                StatusIs(absl::StatusCode::kUnavailable, "away"));
  });
  answer_.Notify();
  first.join();
  second.join();
}

}  // namespace
}  // namespace keyhold
