// A program that a test runs beside itself.
#ifndef KEYHOLD_TESTS_FAKES_CHILD_PROCESS_H_
#define KEYHOLD_TESTS_FAKES_CHILD_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// The absolute path of a file among the test's data: "signer_service/…".
std::string RunfilePath(absl::string_view path);

// Reads the program's output, standard output and standard error together,
// line by line. Kills it when destroyed. Thread-safe. Ends the test's process
// with a message if the program cannot be started.
class ChildProcess {
 public:
  explicit ChildProcess(std::vector<std::string> command);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  // The first line from `from` on that `wanted` takes; waits for it. Null if
  // the program ends without.
  std::optional<std::string> WaitForLine(
      const std::function<bool(absl::string_view)>& wanted, size_t from = 0);
  // Lines so far.
  size_t line_count() const;
  // All of them, for messages.
  std::string output() const;

  // Sends a signal; no effect once WaitForExit has returned.
  void Signal(int signal);
  // The exit code, or -N if signal N ended it.
  int WaitForExit();

 private:
  void ReadLines(UniqueFd output);

  pid_t pid_ = -1;
  mutable absl::Mutex mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<int> exit_code_ ABSL_GUARDED_BY(mutex_);
  std::thread reader_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_CHILD_PROCESS_H_
