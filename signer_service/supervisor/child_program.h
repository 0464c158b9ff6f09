// A program that the supervisor runs, with a socket to it.
#ifndef KEYHOLD_SIGNER_SERVICE_SUPERVISOR_CHILD_PROGRAM_H_
#define KEYHOLD_SIGNER_SERVICE_SUPERVISOR_CHILD_PROGRAM_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

struct UserAndGroup {
  uid_t uid = 0;
  gid_t gid = 0;
};

// Fork and exec: the child has an address space of its own layout and nothing
// of the parent's memory. It inherits standard input, output and error, and
// descriptor 3; it is killed when the parent ends, however that ends.
//
// Kills the child and reaps it when destroyed. Movable; not thread-safe.
class ChildProgram {
 public:
  // `socket` becomes descriptor 3. With `user`, the child runs as that user,
  // without other groups. Errors: no such program, or the kernel refuses.
  static absl::StatusOr<ChildProgram> Start(const std::string& path,
                                            UniqueFd socket,
                                            std::optional<UserAndGroup> user);
  ~ChildProgram();
  ChildProgram(ChildProgram&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)) {}
  ChildProgram& operator=(ChildProgram&& other) noexcept;

  pid_t pid() const { return pid_; }
  // Readable once the child has ended.
  int pidfd() const { return pidfd_.get(); }

  void Signal(int number) const;
  // Waits for the end, if it has not come. Says how it ended: "exit code 1",
  // "signal 9 (Killed)". Then there is no child any more.
  std::string Reap();
  bool running() const { return pid_ > 0; }

 private:
  ChildProgram(pid_t pid, UniqueFd pidfd)
      : pid_(pid), pidfd_(std::move(pidfd)) {}

  pid_t pid_ = -1;
  UniqueFd pidfd_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_SUPERVISOR_CHILD_PROGRAM_H_
