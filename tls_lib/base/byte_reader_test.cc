#include "tls_lib/base/byte_reader.h"

#include <string>

#include "gtest/gtest.h"

namespace keyhold {
namespace {

using absl::string_view;

TEST(ByteReaderTest, ReadsBigEndianNumbers) {
  ByteReader reader(string_view("\x01\x02\x03\xff\xff\xff\xff", 7));
  EXPECT_EQ(reader.ReadNumber(1), 1u);
  EXPECT_EQ(reader.ReadNumber(2), 0x0203u);
  EXPECT_EQ(reader.ReadNumber(4), 0xffffffffu);
  EXPECT_TRUE(reader.empty());
  EXPECT_EQ(reader.ReadNumber(1), std::nullopt);
}

TEST(ByteReaderTest, TooShortANumberReadsNothing) {
  ByteReader reader("ab");
  EXPECT_EQ(reader.ReadNumber(3), std::nullopt);
  EXPECT_EQ(reader.rest(), "ab");
}

TEST(ByteReaderTest, ReadsBytes) {
  ByteReader reader("abc");
  EXPECT_EQ(reader.ReadBytes(2), string_view("ab"));
  EXPECT_EQ(reader.ReadBytes(2), std::nullopt);
  EXPECT_EQ(reader.ReadBytes(0), string_view(""));
  EXPECT_EQ(reader.ReadBytes(1), string_view("c"));
  EXPECT_EQ(reader.ReadBytes(0), string_view(""));
}

TEST(ByteReaderTest, ReadsVectors) {
  ByteReader reader(string_view("\x01x\x00\x02yz\x00\x00\x00", 9));
  EXPECT_EQ(reader.ReadVector(1), string_view("x"));
  EXPECT_EQ(reader.ReadVector(2), string_view("yz"));
  EXPECT_EQ(reader.ReadVector(3), string_view(""));
  EXPECT_TRUE(reader.empty());
}

TEST(ByteReaderTest, VectorLongerThanTheRestReadsNothing) {
  ByteReader reader(string_view("\x03xy", 3));
  EXPECT_EQ(reader.ReadVector(1), std::nullopt);
  EXPECT_EQ(reader.rest().size(), 3u);
  ByteReader cut(string_view("\xff\xff", 2));
  EXPECT_EQ(cut.ReadVector(3), std::nullopt);
  EXPECT_EQ(cut.rest().size(), 2u);
}

}  // namespace
}  // namespace keyhold
