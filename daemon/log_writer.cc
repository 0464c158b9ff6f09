#include "daemon/log_writer.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace keyhold {
namespace {

constexpr absl::Duration kFlushAtEnd = absl::Seconds(1);

// As many whole lines as a pipe takes at once, or the start of a longer one.
absl::string_view NextPiece(absl::string_view text) {
  if (text.size() <= PIPE_BUF) return text;
  const absl::string_view start = text.substr(0, PIPE_BUF);
  const size_t end = start.rfind('\n');
  return end == absl::string_view::npos ? start : start.substr(0, end + 1);
}

}  // namespace

LogWriter::LogWriter(int fd, LostLine lost_line)
    : fd_(fd),
      lost_line_(std::move(lost_line)),
      give_up_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { Work(); }) {}

LogWriter::~LogWriter() {
  Flush(kFlushAtEnd);
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  eventfd_write(give_up_.get(), 1);
  thread_.join();
}

void LogWriter::Write(absl::string_view line) {
  absl::MutexLock lock(&mutex_);
  if (lost_ > 0 || pending_.size() + line.size() + 1 > kMaxPendingBytes) {
    ++lost_;
    return;
  }
  pending_.append(line.data(), line.size());
  pending_ += '\n';
}

void LogWriter::Flush(absl::Duration at_most) {
  absl::MutexLock lock(&mutex_);
  const auto idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return pending_.empty() && lost_ == 0 && !writing_;
  };
  mutex_.AwaitWithTimeout(absl::Condition(&idle), at_most);
}

void LogWriter::Work() {
  std::string batch;
  uint64_t lost = 0;
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return !pending_.empty() || lost_ > 0 || stopping_;
      };
      mutex_.Await(absl::Condition(&has_work));
      if (stopping_) return;
      writing_ = true;
      batch = std::exchange(pending_, {});
      lost += std::exchange(lost_, 0);
    }
    lost += Put(batch);
    if (lost > 0 && Put(lost_line_(lost) + "\n") == 0) lost = 0;
  }
}

uint64_t LogWriter::Put(absl::string_view text) {
  // The rest of a line that broke off ends here, so that it spoils no other.
  const std::string apart =
      within_line_ ? "\n" + std::string(text) : std::string();
  absl::string_view rest = within_line_ ? absl::string_view(apart) : text;
  while (!rest.empty()) {
    if (!WaitUntilWritable()) break;
    const absl::string_view piece = NextPiece(rest);
    const ssize_t count = write(fd_, piece.data(), piece.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) break;
    within_line_ = rest[static_cast<size_t>(count) - 1] != '\n';
    rest.remove_prefix(static_cast<size_t>(count));
  }
  return static_cast<uint64_t>(std::count(rest.begin(), rest.end(), '\n'));
}

bool LogWriter::WaitUntilWritable() const {
  pollfd waits[] = {{fd_, POLLOUT, 0}, {give_up_.get(), POLLIN, 0}};
  while (true) {
    if (poll(waits, 2, -1) < 0 && errno != EINTR) return false;
    if (waits[0].revents != 0) return true;
    if (waits[1].revents != 0) return false;
  }
}

}  // namespace keyhold
