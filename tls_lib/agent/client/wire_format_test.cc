#include "tls_lib/agent/client/wire_format.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace keyhold::agent {
namespace {

// All fields of `bytes`; null if they are not well formed.
std::optional<std::vector<WireField>> Read(absl::string_view bytes) {
  std::vector<WireField> fields;
  WireReader reader(bytes);
  while (std::optional<WireField> field = reader.Next()) {
    fields.push_back(*field);
  }
  if (!reader.ok()) return std::nullopt;
  return fields;
}

TEST(WireFormatTest, ReadsWhatItWrites) {
  WireWriter writer;
  writer.AddNumber(1, 150);
  writer.AddBytes(2, "testing");
  writer.AddNumber(16, std::numeric_limits<uint64_t>::max());
  // The first two are the examples of protobuf's own description.
  EXPECT_EQ(writer.bytes().substr(0, 12), "\x08\x96\x01\x12\x07testing");
  const auto fields = Read(writer.bytes());
  ASSERT_TRUE(fields.has_value());
  ASSERT_EQ(fields->size(), 3);
  EXPECT_TRUE((*fields)[0].IsNumber(1));
  EXPECT_FALSE((*fields)[0].IsBytes(1));
  EXPECT_EQ((*fields)[0].value, 150);
  EXPECT_TRUE((*fields)[1].IsBytes(2));
  EXPECT_FALSE((*fields)[1].IsNumber(2));
  EXPECT_EQ((*fields)[1].bytes, "testing");
  EXPECT_TRUE((*fields)[2].IsNumber(16));
  EXPECT_EQ((*fields)[2].value, std::numeric_limits<uint64_t>::max());
}

TEST(WireFormatTest, WritesDefaultsOnlyIfTheyArePresent) {
  WireWriter writer;
  writer.AddNumber(1, 0);
  writer.AddBytes(2, "");
  EXPECT_EQ(writer.bytes(), "");
  writer.AddPresentNumber(1, 0);
  writer.AddPresentBytes(2, "");
  EXPECT_EQ(writer.bytes(), absl::string_view("\x08\0\x12\0", 4));
}

TEST(WireFormatTest, ReadsFixedNumbers) {
  const auto fields =
      Read(absl::string_view("\x0d\1\2\3\4\x11\1\2\3\4\5\6\7\x8f", 14));
  ASSERT_TRUE(fields.has_value());
  EXPECT_EQ((*fields)[0].kind, WireKind::kFixed);
  EXPECT_FALSE((*fields)[0].IsNumber(1));
  EXPECT_EQ((*fields)[0].value, 0x04030201);
  EXPECT_EQ((*fields)[1].value, 0x8f07060504030201);
}

TEST(WireFormatTest, RefusesWhatIsNotWellFormed) {
  const std::vector<absl::string_view> bad = {
      "\x80",                                              // tag cut off
      absl::string_view("\0\1", 2),                        // field 0
      "\x08",                                              // no value
      "\x08\x80",                                          // value cut off
      "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",      // 65 bits
      "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",  // 11 bytes
      "\x12\x02x",                                         // beyond the end
      "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x",     // far beyond
      "\x0b\x0c",                                          // a group
      "\x0e\x01",                                          // kind 6
      "\x0d\x01\x02",                                      // 4 bytes, cut off
      "\x80\x80\x80\x80\x10\x01",                          // field 2^29
  };
  for (const absl::string_view bytes : bad) {
    EXPECT_FALSE(Read(bytes).has_value()) << bytes.size();
  }
  EXPECT_TRUE(Read("").has_value());
}

TEST(WireFormatTest, StopsAtTheFirstFault) {
  WireReader reader("\x08\x01\x0b\x08\x01");
  EXPECT_TRUE(reader.Next().has_value());
  EXPECT_FALSE(reader.Next().has_value());
  EXPECT_FALSE(reader.Next().has_value());
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace keyhold::agent
