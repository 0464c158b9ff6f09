#include "cli/doctor/program_output.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

absl::Status CannotRun(const std::string& program, int error) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot run ", program));
}

absl::Status TookTooLong(const std::string& program, absl::Duration at_most) {
  return absl::DeadlineExceededError(absl::StrCat(
      program, " had not ended after ", absl::FormatDuration(at_most)));
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> EnvironmentWith(
    const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool replaced = false;
    for (const auto& [name, value] : variables) {
      replaced |= absl::StartsWith(*entry, absl::StrCat(name, "="));
    }
    if (!replaced) all.emplace_back(*entry);
  }
  for (const auto& [name, value] : variables) {
    all.push_back(absl::StrCat(name, "=", value));
  }
  return all;
}

absl::StatusOr<pid_t> Spawn(std::vector<std::string> command,
                            std::vector<std::string> environment, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  pid_t pid = -1;
  const int error =
      posix_spawnp(&pid, command[0].c_str(), &actions, nullptr,
                   Pointers(command).data(), Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return CannotRun(command[0], error);
  return pid;
}

// False if there is more to come at `deadline`.
bool ReadAll(int fd, absl::Time deadline, std::string& text) {
  char buffer[4096];
  while (true) {
    pollfd wait = {fd, POLLIN, 0};
    const auto left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) == 0) return false;
    const ssize_t count = read(fd, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return true;
    text.append(buffer, static_cast<size_t>(count));
  }
}

}  // namespace

absl::StatusOr<ProgramOutput> RunProgram(
    const std::vector<std::string>& command,
    const std::vector<std::pair<std::string, std::string>>& variables,
    absl::Duration at_most) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return CannotRun(command[0], errno);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  ASSIGN_OR_RETURN(const pid_t pid,
                   Spawn(command, EnvironmentWith(variables), writer.get()));
  writer.Reset();
  ProgramOutput output;
  const bool ended = ReadAll(reader.get(), absl::Now() + at_most, output.text);
  if (!ended) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) return TookTooLong(command[0], at_most);
  output.exit_code =
      WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return output;
}

}  // namespace keyhold
