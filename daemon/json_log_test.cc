#include "daemon/json_log.h"

#include <string>
#include <thread>
#include <vector>

#include "daemon/log_capture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using testing::EndsWith;
using testing::MatchesRegex;

TEST(JsonLogTest, LineHasTimeLevelEventAndFieldsInOrder) {
  JsonLine line("ready", LogLevel::kWarning);
  line.Add("name", "www")
      .Add("keys", 3)
      .Add("count", size_t{4})
      .Add("left", int64_t{-5})
      .AddObjects("listeners", "address", {"127.0.0.1:1", "unix:/a"})
      .AddObjects("none", "address", {})
      .AddList("names", {"a\"", "b"});
  EXPECT_THAT(line.ToString(),
              MatchesRegex("\\{\"time\":\"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}"
                           "\\.[0-9]{3}Z\",\"level\":\"warning\",.*"));
  EXPECT_THAT(
      line.ToString(),
      EndsWith(",\"event\":\"ready\",\"name\":\"www\",\"keys\":3,\"count\":4,"
               "\"left\":-5,\"listeners\":[{\"address\":\"127.0.0.1:1\"},"
               "{\"address\":\"unix:/a\"}],\"none\":[],"
               "\"names\":[\"a\\\"\",\"b\"]}"));
}

TEST(JsonLogTest, NothingFromOutsideEndsALineOrForgesAField) {
  EXPECT_EQ(JsonString("a\",\"level\":\"info"),
            "\"a\\\",\\\"level\\\":\\\"info\"");
  EXPECT_EQ(JsonString("a\nb\r\\"), "\"a\\nb\\u000d\\\\\"");
  EXPECT_EQ(JsonString(absl::string_view("\0\x1b[2J\x7f", 6)),
            "\"\\u0000\\u001b[2J\\u007f\"");
}

TEST(JsonLogTest, Utf8StaysAndAllElseIsReplaced) {
  EXPECT_EQ(JsonString("b\xc3\xbc"
                       "cher \xe2\x82\xac \xf0\x9f\x94\x91"),
            "\"b\xc3\xbc"
            "cher \xe2\x82\xac \xf0\x9f\x94\x91\"");
  // A lone continuation, a cut sequence, an overlong form, a surrogate, and a
  // point beyond Unicode.
  EXPECT_EQ(JsonString("\x80"), "\"\\ufffd\"");
  EXPECT_EQ(JsonString("\xe2\x82"), "\"\\ufffd\\ufffd\"");
  EXPECT_EQ(JsonString("\xc0\xaf"), "\"\\ufffd\\ufffd\"");
  EXPECT_EQ(JsonString("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"");
  EXPECT_EQ(JsonString("\xf4\x90\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
}

TEST(JsonLogTest, LinesOfManyThreadsStayWhole) {
  LogCapture capture;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&capture] {
      for (int j = 0; j < 100; ++j) {
        capture.log().Write(
            JsonLine("line").Add("text", std::string(200, 'x')));
      }
      capture.log().Write(JsonLine("done"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  capture.log().Write(JsonLine("end"));
  capture.WaitFor({"\"event\":\"end\""});
  EXPECT_EQ(capture
                .Lines("\"event\":\"line\",\"text\":\"" +
                       std::string(200, 'x') + "\"}")
                .size(),
            400u);
}

}  // namespace
}  // namespace keyhold
