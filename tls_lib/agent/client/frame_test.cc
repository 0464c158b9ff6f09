#include "tls_lib/agent/client/frame.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold::agent {
namespace {

using ::testing::HasSubstr;

std::string NextOf(FrameReader& reader) {
  absl::StatusOr<std::optional<std::string>> frame = reader.Next();
  EXPECT_THAT(frame, IsOk());
  return frame.ok() && frame->has_value() ? **frame : "(none)";
}

TEST(FrameTest, IsALengthAndThePayload) {
  EXPECT_EQ(MakeFrame("abc"), absl::string_view("\0\0\0\3abc", 7));
  EXPECT_EQ(MakeFrame(std::string(kMostFrameBytes, 'x')).substr(0, 4),
            absl::string_view("\0\4\0\0", 4));
}

TEST(FrameTest, ComesInAnyPieces) {
  const std::string frames = MakeFrame("one") + MakeFrame("two");
  FrameReader reader;
  std::string taken;
  for (const char c : frames) {
    reader.Append(absl::string_view(&c, 1));
    const std::string frame = NextOf(reader);
    if (frame != "(none)") taken += frame + ";";
  }
  EXPECT_EQ(taken, "one;two;");
  EXPECT_TRUE(reader.empty());
}

TEST(FrameTest, SeveralAtOnce) {
  FrameReader reader;
  reader.Append(MakeFrame("one") + MakeFrame("two") + "\0");
  EXPECT_EQ(NextOf(reader), "one");
  EXPECT_EQ(NextOf(reader), "two");
  EXPECT_EQ(NextOf(reader), "(none)");
}

TEST(FrameTest, TakesTheLongest) {
  const std::string longest(kMostFrameBytes, 'x');
  FrameReader reader;
  reader.Append(MakeFrame(longest));
  EXPECT_EQ(NextOf(reader), longest);
}

TEST(FrameTest, RefusesALengthBeforeItsPayload) {
  for (const absl::string_view header :
       {absl::string_view("\0\0\0\0", 4), absl::string_view("\0\4\0\1", 4),
        absl::string_view("\xff\xff\xff\xff", 4)}) {
    FrameReader reader;
    reader.Append(header);
    EXPECT_THAT(reader.Next(), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("expected 1 to 262144")));
  }
}

}  // namespace
}  // namespace keyhold::agent
