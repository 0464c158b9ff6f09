#include "tls_lib/agent/frame_reader.h"

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

std::string Frame(const std::string& bytes) {
  const size_t size = bytes.size();
  std::string frame;
  for (const int shift : {24, 16, 8, 0}) {
    frame += static_cast<char>(size >> shift & 0xff);
  }
  return frame + bytes;
}

// The next frame, "none", or "malformed".
std::string NextOf(FrameReader& reader) {
  const auto frame = reader.Next();
  if (!frame.ok()) return "malformed";
  return frame->has_value() ? std::string(**frame) : "none";
}

TEST(FrameReaderTest, CutsFramesWhereverTheBytesAreCut) {
  const std::string bytes =
      Frame("one") + Frame(std::string(300, '2')) + Frame("3") + Frame("four");
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    FrameReader reader;
    std::string got;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      reader.Append(bytes.substr(at, piece));
      for (std::string next; (next = NextOf(reader)) != "none";) {
        got += next + ";";
      }
    }
    EXPECT_EQ(got, "one;" + std::string(300, '2') + ";3;four;") << piece;
    EXPECT_FALSE(reader.within_frame());
  }
}

TEST(FrameReaderTest, KnowsThatAFrameHasBegun) {
  FrameReader reader;
  EXPECT_FALSE(reader.within_frame());
  reader.Append(Frame("frame").substr(0, 1));
  EXPECT_EQ(NextOf(reader), "none");
  EXPECT_TRUE(reader.within_frame());
  reader.Append(Frame("frame").substr(1));
  EXPECT_EQ(NextOf(reader), "frame");
  EXPECT_FALSE(reader.within_frame());
}

TEST(FrameReaderTest, TakesTheLongestFrameAndGivesItsMemoryBack) {
  FrameReader reader;
  reader.Append(Frame(std::string(kMaxFrameBytes, 'x')));
  reader.Append(Frame("y").substr(0, 3));
  EXPECT_EQ(NextOf(reader).size(), kMaxFrameBytes);
  reader.Trim();
  EXPECT_GT(reader.bytes(), kMaxFrameBytes) << "a frame has begun";
  reader.Append(Frame("y").substr(3));
  EXPECT_EQ(NextOf(reader), "y");
  reader.Trim();
  EXPECT_LT(reader.bytes(), 1000u);
  reader.Append(Frame("z"));
  EXPECT_EQ(NextOf(reader), "z");
}

TEST(FrameReaderTest, RefusesLengthsThatNoFrameHas) {
  for (const std::string& bytes :
       {std::string(4, '\0'), std::string("\x00\x04\x00\x01", 4),
        std::string(4, '\xff'), std::string("\x80\x00\x00\x00", 4)}) {
    FrameReader reader;
    reader.Append(bytes);
    EXPECT_THAT(
        reader.Next().status(),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 HasSubstr("expected 1 to 262144 after four bytes of length")));
    reader.Append(Frame("later"));
    EXPECT_EQ(NextOf(reader), "malformed");
  }
}

TEST(FrameReaderTest, AppendFrameWritesWhatItReads) {
  google::protobuf::StringValue message;
  message.set_value(std::string(1000, 'm'));
  std::string bytes;
  AppendFrame(message, bytes);
  AppendFrame(message, bytes);
  FrameReader reader;
  reader.Append(bytes);
  EXPECT_EQ(NextOf(reader), message.SerializeAsString());
  EXPECT_EQ(NextOf(reader), message.SerializeAsString());
  EXPECT_EQ(NextOf(reader), "none");
}

}  // namespace
}  // namespace keyhold
