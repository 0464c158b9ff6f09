#include "tls_lib/agent/abstract_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "daemon/unix_socket_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

TEST(AbstractSocketTest, WhoBindsFirstHasTheName) {
  const std::string name = absl::StrCat("keyhold-test-", getpid());
  const auto first = ListenAbstract(name);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(UnixAddressOf(first->get()), absl::StrCat("abstract:", name));
  EXPECT_THAT(ListenAbstract(name).status(),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("somebody has this name already")));
  // No padding: a longer name is another one.
  EXPECT_THAT(ListenAbstract(name + "x"), IsOk());
}

TEST(AbstractSocketTest, AddressesOfOtherSockets) {
  const TestFolder folder;
  auto file = UnixSocketFile::Listen(folder.PathOf("s"), {});
  ASSERT_THAT(file, IsOk());
  const UniqueFd socket = file->TakeSocket();
  EXPECT_EQ(UnixAddressOf(socket.get()),
            absl::StrCat("unix:", folder.PathOf("s")));
  const UniqueFd unbound(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(UnixAddressOf(unbound.get()), "unix:");
}

}  // namespace
}  // namespace keyhold
