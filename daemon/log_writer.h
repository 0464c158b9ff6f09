// Writes a log without making anybody wait for whoever reads it.
#ifndef KEYHOLD_DAEMON_LOG_WRITER_H_
#define KEYHOLD_DAEMON_LOG_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// A thread writes the lines in order, each as a whole: to a pipe, lines of up
// to PIPE_BUF bytes are not mixed with those of other processes either. While
// the reader stalls, kMaxPendingBytes are kept; what is beyond them is lost
// and counted, and so is what cannot be written. A line from `lost_line` says
// how many, in the place where they would stand.
//
// Thread-safe.
class LogWriter {
 public:
  static constexpr size_t kMaxPendingBytes = size_t{4} << 20;
  // Makes the line that says that `count` lines were lost.
  using LostLine = absl::AnyInvocable<std::string(uint64_t count)>;

  // Writes to `fd`, which must stay open. Whether it blocks does not matter,
  // and is not changed: others may have it too.
  LogWriter(int fd, LostLine lost_line);
  // Flushes for at most a second; what is left then is lost.
  ~LogWriter();

  // Queues a line, which comes without its end. Never waits for the reader.
  void Write(absl::string_view line);

  // Waits until all lines so far are written or lost, at most so long. Before
  // the process ends in another way than by the destructor.
  void Flush(absl::Duration at_most);

 private:
  void Work();
  // The number of lines of `text` that were not written in full.
  uint64_t Put(absl::string_view text);
  // Waits until fd_ takes PIPE_BUF bytes. False if the destructor is done
  // waiting.
  bool WaitUntilWritable() const;

  const int fd_;
  LostLine lost_line_;
  // An eventfd, ready when the thread is to leave a reader that stalls.
  const UniqueFd give_up_;
  // Whether what was written last is a part of a line. Of the thread.
  bool within_line_ = false;

  absl::Mutex mutex_;
  std::string pending_ ABSL_GUARDED_BY(mutex_);
  // Since pending_ is full. What comes later must not come before it.
  uint64_t lost_ ABSL_GUARDED_BY(mutex_) = 0;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace keyhold

#endif  // KEYHOLD_DAEMON_LOG_WRITER_H_
