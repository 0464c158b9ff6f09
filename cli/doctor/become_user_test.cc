// Runs outside of Bazel's sandbox, in which only one user exists.
#include "cli/doctor/become_user.h"

#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

TEST(BecomeUserTest, NoSuchUser) {
  EXPECT_THAT(BecomeUser("no-such-user"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "no user \"no-such-user\" on this machine"));
}

TEST(BecomeUserTest, WhoItIsAlready) {
  const passwd* const user = getpwuid(getuid());
  if (user == nullptr || user->pw_gid != getgid()) return;
  EXPECT_THAT(BecomeUser(user->pw_name), IsOk());
}

TEST(BecomeUserTest, RootBecomesAnotherForGood) {
  if (getuid() != 0) return;
  const pid_t child = fork();
  if (child == 0) {
    if (!BecomeUser("daemon").ok() || getuid() != 1 || geteuid() != 1 ||
        getegid() != 1) {
      _exit(1);
    }
    const absl::Status back = BecomeUser("root");
    _exit(back.code() == absl::StatusCode::kPermissionDenied &&
                  back.message().find("run this as root") !=
                      absl::string_view::npos
              ? 0
              : 2);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace keyhold
