#include "tls_lib/remote/name_lookup.h"

#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(LookUpInSystem, KnowsThisMachine) {
  const auto addresses = LookUpInSystem("localhost");
  ASSERT_THAT(addresses, IsOk());
  EXPECT_THAT(*addresses, Each(AnyOf("127.0.0.1", "::1")));
}

TEST(LookUpInSystem, NamesTheHostThatIsNotThere) {
  // RFC 6761: such a name never exists.
  EXPECT_THAT(
      LookUpInSystem("signer.invalid"),
      StatusIs(absl::StatusCode::kUnavailable,
               HasSubstr("cannot look up the signer's name signer.invalid: ")));
}

TEST(StartLookup, HandsTheAnswerOver) {
  absl::Notification done;
  absl::StatusOr<std::vector<std::string>> answer;
  StartLookup(
      [](const std::string& host) {
        return std::vector<std::string>{host + "?"};
      },
      "www",
      [&](absl::StatusOr<std::vector<std::string>> found) {
        answer = std::move(found);
        done.Notify();
      });
  done.WaitForNotification();
  EXPECT_THAT(answer, IsOkAndHolds(ElementsAre("www?")));
}

}  // namespace
}  // namespace keyhold
