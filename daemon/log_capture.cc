#include "daemon/log_capture.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace keyhold {

LogCapture::LogCapture() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) abort();
  read_.Reset(ends[0]);
  write_.Reset(ends[1]);
  log_ = std::make_unique<JsonLog>(write_.get());
  reader_ = std::thread([this] { Read(); });
}

LogCapture::~LogCapture() {
  log_.reset();
  write_.Reset();
  reader_.join();
}

void LogCapture::Read() {
  std::string text;
  char buffer[4096];
  ssize_t count;
  while ((count = read(read_.get(), buffer, sizeof(buffer))) > 0) {
    text.append(buffer, static_cast<size_t>(count));
    absl::MutexLock lock(&mutex_);
    size_t end;
    while ((end = text.find('\n')) != std::string::npos) {
      lines_.push_back(text.substr(0, end));
      text.erase(0, end + 1);
    }
  }
}

std::string LogCapture::WaitFor(std::vector<std::string> parts) {
  absl::MutexLock lock(&mutex_);
  std::string found;
  const auto look = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (const std::string& line : lines_) {
      if (std::all_of(parts.begin(), parts.end(), [&](const std::string& part) {
            return absl::StrContains(line, part);
          })) {
        found = line;
        return true;
      }
    }
    return false;
  };
  if (!mutex_.AwaitWithTimeout(absl::Condition(&look), absl::Seconds(30))) {
    ADD_FAILURE() << "no line with \"" << absl::StrJoin(parts, "\", \"")
                  << "\" in the log:\n"
                  << absl::StrJoin(lines_, "\n");
  }
  return found;
}

std::vector<std::string> LogCapture::Lines(absl::string_view part) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> found;
  for (const std::string& line : lines_) {
    if (absl::StrContains(line, part)) found.push_back(line);
  }
  return found;
}

}  // namespace keyhold
