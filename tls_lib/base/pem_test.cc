#include "tls_lib/base/pem.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;

TEST(PemReaderTest, ReadsBlocksInOrderAndSkipsTextBetween) {
  PemReader reader(
      "subject=CN = a\n"
      "-----BEGIN A B-----\nAAAA\n-----END A B-----\n"
      "text\r\n"
      "-----BEGIN C-----\r\nCCCC\r\n-----END C-----");
  absl::StatusOr<std::optional<PemBlock>> first = reader.Next();
  ASSERT_THAT(first, IsOk());
  ASSERT_TRUE(*first);
  EXPECT_EQ((*first)->label, "A B");
  EXPECT_EQ((*first)->body, "\nAAAA\n");
  absl::StatusOr<std::optional<PemBlock>> second = reader.Next();
  ASSERT_THAT(second, IsOk());
  ASSERT_TRUE(*second);
  EXPECT_EQ((*second)->label, "C");
  EXPECT_THAT(reader.Next(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_THAT(reader.Next(), IsOkAndHolds(Eq(std::nullopt)));
}

TEST(PemReaderTest, NoBlocks) {
  EXPECT_THAT(PemReader("").Next(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_THAT(PemReader("text").Next(), IsOkAndHolds(Eq(std::nullopt)));
}

TEST(PemReaderTest, BlockWithoutEnd) {
  EXPECT_THAT(PemReader("-----BEGIN A-----\nAAAA\n").Next(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "the PEM block \"A\" has no matching END line; is the "
                       "file cut off?"));
}

TEST(PemReaderTest, BlockWithAnotherEnd) {
  EXPECT_THAT(PemReader("-----BEGIN A-----\nAAAA\n-----END B-----\n").Next(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("has no matching END line")));
}

TEST(PemReaderTest, BadBeginLineDoesNotShowWhatFollows) {
  for (const char* text :
       {"-----BEGIN A\nSECRET-----\n", "-----BEGIN A---\n"}) {
    EXPECT_THAT(PemReader(text).Next(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         "a PEM BEGIN line does not end with five dashes"));
  }
}

}  // namespace
}  // namespace keyhold
