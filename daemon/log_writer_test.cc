#include "daemon/log_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

using testing::ElementsAre;

// A pipe whose reader reads only when the test does.
class LogWriterTest : public testing::Test {
 protected:
  LogWriterTest() {
    signal(SIGPIPE, SIG_IGN);
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    read_.Reset(ends[0]);
    write_.Reset(ends[1]);
    writer_ = std::make_unique<LogWriter>(write_.get(), [](uint64_t count) {
      return absl::StrCat("lost ", count);
    });
  }

  // All that is left to read, once the writer has written it.
  std::vector<std::string> Finish() {
    std::string text;
    // The writer goes on as the pipe gets room.
    std::thread end([this] {
      writer_->Flush(absl::InfiniteDuration());
      writer_.reset();
      write_.Reset();
    });
    char buffer[4096];
    ssize_t count;
    while ((count = read(read_.get(), buffer, sizeof(buffer))) > 0) {
      text.append(buffer, static_cast<size_t>(count));
    }
    end.join();
    EXPECT_TRUE(absl::EndsWith(text, "\n"));
    return absl::StrSplit(absl::StripSuffix(text, "\n"), '\n');
  }

  UniqueFd read_;
  UniqueFd write_;
  std::unique_ptr<LogWriter> writer_;
};

TEST_F(LogWriterTest, WritesInOrder) {
  writer_->Write("a");
  writer_->Write("b");
  writer_->Flush(absl::InfiniteDuration());
  writer_->Write("c");
  EXPECT_THAT(Finish(), ElementsAre("a", "b", "c"));
}

TEST_F(LogWriterTest, TheDestructorWritesWhatIsLeft) {
  for (int i = 0; i < 100; ++i) writer_->Write("a");
  writer_.reset();
  write_.Reset();
  char buffer[4096];
  EXPECT_EQ(read(read_.get(), buffer, sizeof(buffer)), 200);
}

TEST_F(LogWriterTest, AStalledReaderDelaysNobodyAndTheLossIsCounted) {
  // Far more than pipe and queue hold; nobody reads.
  const std::string line(1000, 'x');
  constexpr uint64_t kLines = 10000;
  for (uint64_t i = 0; i < kLines; ++i) writer_->Write(line);
  uint64_t whole = 0;
  uint64_t lost = 0;
  for (const std::string& text : Finish()) {
    uint64_t count = 0;
    if (text == line) {
      ++whole;
    } else if (absl::string_view rest = text;
               absl::ConsumePrefix(&rest, "lost ") &&
               absl::SimpleAtoi(rest, &count)) {
      lost += count;
    } else {
      ADD_FAILURE() << "not a whole line: " << text;
    }
  }
  EXPECT_GT(whole, 100u);
  EXPECT_GT(lost, 100u);
  EXPECT_EQ(whole + lost, kLines);
}

TEST_F(LogWriterTest, LinesLongerThanAPipeTakesStayWhole) {
  const std::string line(200000, 'y');
  writer_->Write(line);
  writer_->Write("z");
  EXPECT_THAT(Finish(), ElementsAre(line, "z"));
}

TEST_F(LogWriterTest, TheDestructorDoesNotWaitForEverForAStalledReader) {
  for (int i = 0; i < 200; ++i) writer_->Write(std::string(1000, 'x'));
  writer_.reset();
  // What is in the pipe ends with a whole line.
  write_.Reset();
  std::string text;
  char buffer[4096];
  ssize_t count;
  while ((count = read(read_.get(), buffer, sizeof(buffer))) > 0) {
    text.append(buffer, static_cast<size_t>(count));
  }
  EXPECT_EQ(text.size() % 1001, 0u);
  EXPECT_EQ(text.back(), '\n');
}

TEST_F(LogWriterTest, AReaderThatIsGoneHurtsNobody) {
  read_.Reset();
  writer_->Write("a");
  writer_->Flush(absl::InfiniteDuration());
  writer_->Write("b");
  writer_->Flush(absl::InfiniteDuration());
}

}  // namespace
}  // namespace keyhold
