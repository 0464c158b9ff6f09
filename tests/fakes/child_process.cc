#include "tests/fakes/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace keyhold {
namespace {

[[noreturn]] void Die(absl::string_view what) {
  std::perror(std::string(what).c_str());
  std::abort();
}

// The child gets `output` as standard output and standard error.
pid_t Spawn(std::vector<std::string>& command, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, command[0].c_str(), &actions, nullptr,
                                arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    errno = error;
    Die(command[0]);
  }
  return pid;
}

}  // namespace

std::string RunfilePath(absl::string_view path) {
  const char* root = std::getenv("TEST_SRCDIR");
  const char* workspace = std::getenv("TEST_WORKSPACE");
  if (root == nullptr || workspace == nullptr) return std::string(path);
  return absl::StrCat(root, "/", workspace, "/", path);
}

ChildProcess::ChildProcess(std::vector<std::string> command) {
  // A test that crashes or is stopped leaves nothing behind.
  command.insert(command.begin(), {"/usr/bin/setpriv", "--pdeathsig", "KILL"});
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) Die("pipe2");
  UniqueFd read_end(ends[0]);
  const UniqueFd write_end(ends[1]);
  pid_ = Spawn(command, write_end.get());
  reader_ = std::thread(
      [this, fd = std::move(read_end)]() mutable { ReadLines(std::move(fd)); });
}

ChildProcess::~ChildProcess() {
  Signal(SIGKILL);
  WaitForExit();
  reader_.join();
}

void ChildProcess::ReadLines(UniqueFd output) {
  std::string rest;
  char buffer[4096];
  ssize_t size;
  while ((size = read(output.get(), buffer, sizeof(buffer))) > 0) {
    rest.append(buffer, static_cast<size_t>(size));
    size_t end;
    while ((end = rest.find('\n')) != std::string::npos) {
      absl::MutexLock lock(&mutex_);
      lines_.push_back(rest.substr(0, end));
      rest.erase(0, end + 1);
    }
  }
  absl::MutexLock lock(&mutex_);
  if (!rest.empty()) lines_.push_back(rest);
  ended_ = true;
}

std::optional<std::string> ChildProcess::WaitForLine(
    const std::function<bool(absl::string_view)>& wanted, size_t from) {
  absl::MutexLock lock(&mutex_);
  while (true) {
    for (; from < lines_.size(); ++from) {
      if (wanted(lines_[from])) return lines_[from];
    }
    if (ended_) return std::nullopt;
    const auto more = [this, from]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return ended_ || lines_.size() > from;
    };
    mutex_.Await(absl::Condition(&more));
  }
}

size_t ChildProcess::line_count() const {
  absl::MutexLock lock(&mutex_);
  return lines_.size();
}

std::string ChildProcess::output() const {
  absl::MutexLock lock(&mutex_);
  return absl::StrJoin(lines_, "\n");
}

void ChildProcess::Signal(int signal) {
  absl::MutexLock lock(&mutex_);
  if (!exit_code_.has_value()) kill(pid_, signal);
}

int ChildProcess::WaitForExit() {
  {
    absl::MutexLock lock(&mutex_);
    if (exit_code_.has_value()) return *exit_code_;
  }
  // Left as a zombie, so that its number stays its own for Signal.
  siginfo_t info = {};
  waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  absl::MutexLock lock(&mutex_);
  if (exit_code_.has_value()) return *exit_code_;
  int status = 0;
  waitpid(pid_, &status, 0);
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return *exit_code_;
}

}  // namespace keyhold
