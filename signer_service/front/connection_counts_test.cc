#include "signer_service/front/connection_counts.h"

#include <sys/socket.h>

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

UniqueFd Connection() {
  return UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

// Closed connections are noticed after a moment.
void AddOnceThereIsRoom(ConnectionCounts& counts, const std::string& peer,
                        int fd) {
  while (!counts.Add(peer, fd).ok()) {
  }
}

TEST(ConnectionCountsTest, LimitsFollowFromTheOpenFiles) {
  EXPECT_EQ(ConnectionCounts::LimitsFor(1024).total, 512u);
  EXPECT_EQ(ConnectionCounts::LimitsFor(1024).per_peer, 256u);
  EXPECT_EQ(ConnectionCounts::LimitsFor(1'000'000).total, 8192u);
  EXPECT_EQ(ConnectionCounts::LimitsFor(1'000'000).per_peer, 1024u);
  EXPECT_EQ(ConnectionCounts::LimitsFor(0).total, 1u);
}

TEST(ConnectionCountsTest, OnePeerCannotHaveThemAll) {
  ConnectionCounts counts({3, 2});
  std::vector<UniqueFd> open;
  for (int i = 0; i < 4; ++i) open.push_back(Connection());
  EXPECT_THAT(counts.Add("a", open[0].get()), IsOk());
  EXPECT_THAT(counts.Add("a", open[1].get()), IsOk());
  EXPECT_THAT(counts.Add("a", open[2].get()),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "2 connections from this address are open, which is "
                       "the most; clients should share connections"));
  EXPECT_THAT(counts.Add("b", open[2].get()), IsOk());
  EXPECT_THAT(
      counts.Add("c", open[3].get()),
      StatusIs(absl::StatusCode::kResourceExhausted,
               "3 connections are open, which is the most; raise RLIMIT_NOFILE "
               "(LimitNOFILE= in the service's unit) if these are honest "
               "clients"));
  EXPECT_EQ(counts.total(), 3u);
}

TEST(ConnectionCountsTest, ClosedOnesMakeRoom) {
  ConnectionCounts counts({2, 2});
  UniqueFd first = Connection();
  const UniqueFd second = Connection();
  EXPECT_THAT(counts.Add("a", first.get()), IsOk());
  EXPECT_THAT(counts.Add("a", second.get()), IsOk());
  first.Reset();
  const UniqueFd third = Connection();
  AddOnceThereIsRoom(counts, "a", third.get());
  EXPECT_EQ(counts.total(), 2u);
}

TEST(ConnectionCountsTest, ANumberThatIsUsedAgainIsAnotherConnection) {
  ConnectionCounts counts({1, 1});
  UniqueFd first = Connection();
  const int number = first.get();
  EXPECT_THAT(counts.Add("a", number), IsOk());
  first.Reset();
  const UniqueFd second = Connection();
  ASSERT_EQ(second.get(), number);
  AddOnceThereIsRoom(counts, "a", second.get());
  const UniqueFd third = Connection();
  EXPECT_FALSE(counts.Add("a", third.get()).ok());
}

}  // namespace
}  // namespace keyhold
