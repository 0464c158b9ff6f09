#include "daemon/process_hardening.h"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

// Hardening cannot be undone, and a leak checker needs a dumpable process: it
// is done in a child.
int ExitCodeOfChild(int (*body)()) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

bool FileHasLine(const char* path, const std::string& wanted) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind(wanted, 0) == 0) return true;
  }
  return false;
}

TEST(ProcessHardeningTest, KernelSaysSoAfterwards) {
  EXPECT_EQ(ExitCodeOfChild([] {
              if (!HardenProcess().ok()) return 1;
              absl::StatusOr<ProcessHardening> state = ReadProcessHardening();
              if (!state.ok()) return 2;
              if (!state->core_dumps_off) return 3;
              if (!state->not_dumpable) return 4;
              if (!state->no_new_privileges) return 5;
              // Not only by our own word.
              if (!FileHasLine("/proc/thread-self/status", "NoNewPrivs:\t1")) {
                return 6;
              }
              return 0;
            }),
            0);
}

TEST(ProcessHardeningTest, MayBeDoneTwice) {
  EXPECT_EQ(ExitCodeOfChild([] {
              return HardenProcess().ok() && HardenProcess().ok() ? 0 : 1;
            }),
            0);
}

TEST(ProcessHardeningTest, AnOrdinaryProcessIsDumpable) {
  absl::StatusOr<ProcessHardening> state = ReadProcessHardening();
  ASSERT_THAT(state, IsOk());
  EXPECT_FALSE(state->not_dumpable);
}

}  // namespace
}  // namespace keyhold
