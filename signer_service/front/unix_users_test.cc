// Several local users at once. Runs outside of Bazel's sandbox, in which only
// one user exists. As root it becomes other users; as anybody else it can
// only be itself.
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/connect_as.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "signer_service/front/testing/channel_over.h"
#include "signer_service/front/testing/rpc_error.h"
#include "signer_service/front/testing/test_site.h"
#include "signer_service/front/unix_listener.h"

namespace keyhold {
namespace {

using signer::v1::ListKeysRequest;
using signer::v1::ListKeysResponse;

std::vector<uid_t> Users() {
  if (getuid() != 0) return {getuid()};
  return {0, 1000, 2000, 3000};
}

// Each user may know of one key, which is called as the user is.
class UnixUsersTest : public testing::Test {
 protected:
  UnixUsersTest() {
    std::string rules = "\n";
    int index = 0;
    for (const uid_t uid : Users()) {
      absl::StrAppend(&rules, "    - {identities: [\"uid:", uid,
                      "\"], keys: [u", uid, "]}\n");
      site_.WriteKey(absl::StrCat("keys/u", uid, ".key"), TestKeyKind::kP256,
                     10 + index++);
    }
    site_.listen = "listen:\n  unix:\n    - {path: s.sock, mode: '0666'}\n";
    site_.WriteConfig(rules);
    std::filesystem::permissions(site_.Path(""),
                                 std::filesystem::perms::others_exec |
                                     std::filesystem::perms::group_exec,
                                 std::filesystem::perm_options::add);
  }

  static std::string KnownKeys(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(30));
    ListKeysResponse response;
    const grpc::Status status = TestSite::Stub(channel)->ListKeys(
        &context, ListKeysRequest(), &response);
    if (!status.ok()) return CodeAndReason(status);
    std::string keys;
    for (const auto& key : response.keys())
      absl::StrAppend(&keys, key.id(), " ");
    return keys;
  }

  TestSite site_;
};

TEST_F(UnixUsersTest, EachUserIsItselfWhateverDescriptorsAreUsedAgain) {
  site_.Start();
  for (int round = 0; round < 30; ++round) {
    // Connections come and go, so that descriptor numbers of one user are
    // the next one's.
    std::vector<std::thread> threads;
    for (const uid_t uid : Users()) {
      UniqueFd connection = ConnectAs(uid, site_.unix_path());
      ASSERT_TRUE(connection) << uid;
      threads.emplace_back([uid, fd = std::move(connection)]() mutable {
        EXPECT_EQ(KnownKeys(ChannelOver(std::move(fd))),
                  absl::StrCat("u", uid, " "));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

TEST_F(UnixUsersTest, TheUserOfAConnectionIsWhoMadeIt) {
  // This process uses connections that others made: they stay theirs.
  site_.Start();
  for (const uid_t uid : Users()) {
    EXPECT_EQ(KnownKeys(ChannelOver(ConnectAs(uid, site_.unix_path()))),
              absl::StrCat("u", uid, " "));
  }
}

TEST_F(UnixUsersTest, UsersWithoutARuleAndTheOverflowUser) {
  if (getuid() != 0) return;
  site_.Start();
  EXPECT_EQ(KnownKeys(ChannelOver(ConnectAs(4000, site_.unix_path()))), "");
  EXPECT_EQ(KnownKeys(ChannelOver(ConnectAs(kOverflowUid, site_.unix_path()))),
            "UNAUTHENTICATED/NO_CLIENT_IDENTITY");
}

// Uids that no rule names.
constexpr uid_t kStranger = 5000;

TEST_F(UnixUsersTest, BeyondTheMostStrangersConnectionsAreClosed) {
  if (getuid() != 0) return;
  site_.Start();
  std::vector<UniqueFd> connections;
  for (size_t i = 0; i < UnixListener::kMaxLocalUsers; ++i) {
    connections.push_back(
        ConnectAs(kStranger + static_cast<uid_t>(i), site_.unix_path()));
  }
  const auto late = ChannelOver(ConnectAs(6000, site_.unix_path()));
  EXPECT_EQ(KnownKeys(late), "UNAVAILABLE");
  site_.log().WaitFor({"connection_refused", "\"identity\":\"uid:6000\"",
                       "64 users whom no rule names have connections"});
  // Those whom rules name have places of their own.
  EXPECT_EQ(KnownKeys(ChannelOver(ConnectAs(1000, site_.unix_path()))),
            "u1000 ");
}

TEST_F(UnixUsersTest, StrangersWhoLeaveMakeRoom) {
  if (getuid() != 0) return;
  site_.Start();
  for (size_t i = 0; i < 3 * UnixListener::kMaxLocalUsers; ++i) {
    // A connection is gone some time after its client is.
    const uid_t uid = kStranger + static_cast<uid_t>(i);
    std::string keys = "UNAVAILABLE";
    for (int tries = 0; tries < 1000 && keys == "UNAVAILABLE"; ++tries) {
      keys = KnownKeys(ChannelOver(ConnectAs(uid, site_.unix_path())));
    }
    EXPECT_EQ(keys, "") << uid;
  }
}

}  // namespace
}  // namespace keyhold
