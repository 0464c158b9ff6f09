#include "tests/bench/cpu_time.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace keyhold::bench {

absl::StatusOr<absl::Duration> CpuTimeOf(const std::vector<pid_t>& pids) {
  long long ticks = 0;
  for (pid_t pid : pids) {
    std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
    std::string line;
    if (!std::getline(file, line)) {
      return absl::NotFoundError(absl::StrCat("process ", pid, " has ended"));
    }
    // The second field is the program's name in parentheses, which may hold
    // spaces: fields are counted from behind it. utime and stime are 14 and 15.
    std::istringstream fields(line.substr(line.rfind(')') + 2));
    std::string skipped;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    long long user = 0;
    long long system = 0;
    fields >> user >> system;
    ticks += user + system;
  }
  return absl::Seconds(1) * ticks / sysconf(_SC_CLK_TCK);
}

}  // namespace keyhold::bench
