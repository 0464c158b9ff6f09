// A log that a test can wait for.
#ifndef KEYHOLD_DAEMON_LOG_CAPTURE_H_
#define KEYHOLD_DAEMON_LOG_CAPTURE_H_

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "daemon/json_log.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Reads what is written to log(). Thread-safe.
class LogCapture {
 public:
  LogCapture();
  // Nothing may write to log() any more.
  ~LogCapture();

  const JsonLog& log() const { return *log_; }
  // The first line that holds all of `parts`; waits for it, at most 30
  // seconds: then a failure, and an empty line.
  std::string WaitFor(std::vector<std::string> parts);
  // All lines that hold `part`, so far.
  std::vector<std::string> Lines(absl::string_view part);

 private:
  void Read();

  UniqueFd read_;
  UniqueFd write_;
  std::unique_ptr<JsonLog> log_;
  absl::Mutex mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
  std::thread reader_;
};

}  // namespace keyhold

#endif  // KEYHOLD_DAEMON_LOG_CAPTURE_H_
