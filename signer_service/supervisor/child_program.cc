#include "signer_service/supervisor/child_program.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

constexpr int kSocketInChild = 3;

// In the child, between fork and exec: nothing but system calls. Returns only
// if one of them fails, with errno.
void Become(const char* path, char* const* arguments, int socket, pid_t parent,
            const std::optional<UserAndGroup>& user) {
  if (dup2(socket, kSocketInChild) < 0) return;
  // dup2 onto itself keeps the flag.
  if (socket == kSocketInChild && fcntl(socket, F_SETFD, 0) != 0) return;
  if (user.has_value() && (setgroups(0, nullptr) != 0 ||
                           setresgid(user->gid, user->gid, user->gid) != 0 ||
                           setresuid(user->uid, user->uid, user->uid) != 0)) {
    return;
  }
  // After the change of user, which would undo it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return;
  if (getppid() != parent) _exit(1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(path, arguments);
}

}  // namespace

absl::StatusOr<ChildProgram> ChildProgram::Start(
    const std::string& path, UniqueFd socket,
    std::optional<UserAndGroup> user) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, "pipe2");
  }
  UniqueFd read_end(report[0]);
  UniqueFd write_end(report[1]);
  std::string name = path.substr(path.rfind('/') + 1);
  char* const arguments[] = {name.data(), nullptr};
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "fork");
  if (pid == 0) {
    Become(path.c_str(), arguments, socket.get(), parent, user);
    const int error = errno;
    (void)!write(write_end.get(), &error, sizeof(error));
    _exit(1);
  }
  write_end.Reset();
  int error = 0;
  const bool failed =
      read(read_end.get(), &error, sizeof(error)) == sizeof(error);
  ChildProgram child(
      pid, UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))));
  if (failed) return absl::ErrnoToStatus(error, path);
  if (!child.pidfd_) return absl::ErrnoToStatus(errno, "pidfd_open");
  return child;
}

ChildProgram::~ChildProgram() {
  Signal(SIGKILL);
  if (running()) Reap();
}

ChildProgram& ChildProgram::operator=(ChildProgram&& other) noexcept {
  if (this == &other) return *this;
  Signal(SIGKILL);
  if (running()) Reap();
  pid_ = std::exchange(other.pid_, -1);
  pidfd_ = std::move(other.pidfd_);
  return *this;
}

void ChildProgram::Signal(int number) const {
  if (running()) kill(pid_, number);
}

std::string ChildProgram::Reap() {
  int status = 0;
  pid_t ended;
  do {
    ended = waitpid(pid_, &status, 0);
  } while (ended < 0 && errno == EINTR);
  pid_ = -1;
  pidfd_.Reset();
  if (WIFSIGNALED(status)) {
    return absl::StrCat("signal ", WTERMSIG(status), " (",
                        strsignal(WTERMSIG(status)), ")");
  }
  return absl::StrCat("exit code ", WEXITSTATUS(status));
}

}  // namespace keyhold
