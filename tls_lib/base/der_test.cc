#include "tls_lib/base/der.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using absl::string_view;

TEST(DerReaderTest, ReadsElementsInOrder) {
  DerReader reader(string_view("\x04\x02hi\x05\x00", 6));
  EXPECT_TRUE(reader.Next(kDerOctetString));
  EXPECT_FALSE(reader.Next(kDerNull));
  EXPECT_EQ(reader.Read(kDerNull), std::nullopt);
  EXPECT_EQ(reader.Read(kDerOctetString), string_view("hi"));
  std::optional<DerReader::Element> element = reader.ReadElement();
  ASSERT_TRUE(element);
  EXPECT_EQ(element->tag, kDerNull);
  EXPECT_EQ(element->contents, "");
  EXPECT_EQ(element->whole, string_view("\x05\x00", 2));
  EXPECT_TRUE(reader.empty());
  EXPECT_FALSE(reader.Next(kDerNull));
  EXPECT_FALSE(reader.ReadElement());
}

TEST(DerReaderTest, ReadsWhatDerElementWrites) {
  for (size_t size : {0, 1, 127, 128, 255, 256, 65535, 65536, 100000}) {
    const std::string contents(size, 'x');
    const std::string der = DerElement(kDerSequence, contents);
    DerReader reader(der);
    EXPECT_EQ(reader.Read(kDerSequence), string_view(contents)) << size;
    EXPECT_TRUE(reader.empty()) << size;
    DerReader cut(string_view(der).substr(0, der.size() - 1));
    EXPECT_FALSE(cut.ReadElement()) << size;
  }
}

TEST(DerReaderTest, RefusesWhatIsNotDer) {
  const string_view cases[] = {
      string_view("\x30", 1),                      // no length
      string_view("\x30\x80\x00\x00", 4),          // indefinite length
      string_view("\x04\x81\x01x", 4),             // length not its shortest
      string_view("\x04\x81", 2),                  // length cut off
      string_view("\x04\x82\x00\x80", 4),          // length with a leading zero
      string_view("\x04\x84\x00\x00\x00\x00", 6),  // length of four bytes
      string_view("\x1f\x81\x01\x00", 4),          // tag of several bytes
      string_view("\x04\x05"
                  "abc",
                  5),  // contents cut off
  };
  for (string_view der : cases) {
    DerReader reader(der);
    EXPECT_FALSE(reader.ReadElement()) << absl::CHexEscape(der);
    EXPECT_FALSE(reader.empty());
  }
}

TEST(DerReaderTest, ReadsUnsignedNumbers) {
  auto read = [](string_view contents) {
    const std::string der = DerElement(kDerInteger, contents);
    return DerReader(der).ReadUnsigned().has_value()
               ? std::string(*DerReader(der).ReadUnsigned())
               : "refused";
  };
  EXPECT_EQ(read(string_view("\x00", 1)), "");
  EXPECT_EQ(read("\x7f"), "\x7f");
  EXPECT_EQ(read(string_view("\x00\x80", 2)), "\x80");
  EXPECT_EQ(read("\x12\x34"), "\x12\x34");
  EXPECT_EQ(read(""), "refused");
  EXPECT_EQ(read("\x80"), "refused");                      // negative
  EXPECT_EQ(read(string_view("\x00\x7f", 2)), "refused");  // not shortest
  EXPECT_EQ(read(string_view("\x00\x00", 2)), "refused");
  DerReader other(string_view("\x04\x01\x01", 3));
  EXPECT_FALSE(other.ReadUnsigned());
  EXPECT_TRUE(other.Next(kDerOctetString));
}

TEST(DerReaderTest, ReadsBitStringsOfWholeBytes) {
  DerReader good(string_view("\x03\x03\x00hi", 5));
  EXPECT_EQ(good.ReadBitString(), string_view("hi"));
  DerReader unused_bits(string_view("\x03\x03\x01hi", 5));
  EXPECT_FALSE(unused_bits.ReadBitString());
  EXPECT_TRUE(unused_bits.Next(kDerBitString));
  DerReader no_count(string_view("\x03\x00", 2));
  EXPECT_FALSE(no_count.ReadBitString());
}

TEST(DerElementTest, WritesTheShortestLength) {
  EXPECT_EQ(DerElement(kDerNull, ""), string_view("\x05\x00", 2));
  EXPECT_EQ(DerElement(kDerOctetString, std::string(128, 'x')).substr(0, 3),
            string_view("\x04\x81\x80", 3));
  EXPECT_EQ(DerElement(kDerOctetString, std::string(256, 'x')).substr(0, 4),
            string_view("\x04\x82\x01\x00", 4));
  EXPECT_EQ(DerBitString("a"), string_view("\x03\x02\x00"
                                           "a",
                                           4));
}

TEST(DerTagTest, ContextTags) {
  EXPECT_EQ(DerExplicit(3), 0xa3);
  EXPECT_EQ(DerImplicit(2), 0x82);
}

}  // namespace
}  // namespace keyhold
