#include "tls_lib/base/secret_bytes.h"

#include <string>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

// What it must never be able to do by accident.
static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);
static_assert(!std::is_convertible_v<SecretBytes, absl::string_view>);
static_assert(!std::is_convertible_v<SecretBytes, std::string>);

TEST(SecretBytesTest, EmptyByDefault) {
  SecretBytes none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.size(), 0u);
  EXPECT_EQ(none.Reveal(), "");
}

TEST(SecretBytesTest, OfSizeIsZeroed) {
  absl::StatusOr<SecretBytes> bytes = SecretBytes::OfSize(5);
  ASSERT_THAT(bytes, IsOk());
  EXPECT_EQ(bytes->Reveal(), std::string(5, '\0'));
}

TEST(SecretBytesTest, OfSizeZeroIsEmpty) {
  absl::StatusOr<SecretBytes> bytes = SecretBytes::OfSize(0);
  ASSERT_THAT(bytes, IsOk());
  EXPECT_TRUE(bytes->empty());
}

TEST(SecretBytesTest, CopyOfHoldsTheBytes) {
  absl::StatusOr<SecretBytes> bytes = SecretBytes::CopyOf("secret");
  ASSERT_THAT(bytes, IsOk());
  EXPECT_EQ(bytes->Reveal(), "secret");
  bytes->data()[0] = 'S';
  EXPECT_EQ(bytes->Reveal(), "Secret");
}

TEST(SecretBytesTest, CopyOfNothing) {
  absl::StatusOr<SecretBytes> bytes = SecretBytes::CopyOf("");
  ASSERT_THAT(bytes, IsOk());
  EXPECT_TRUE(bytes->empty());
}

TEST(SecretBytesTest, MovedFromIsEmpty) {
  SecretBytes from = *SecretBytes::CopyOf("secret");
  SecretBytes to = std::move(from);
  EXPECT_EQ(to.Reveal(), "secret");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move)
  SecretBytes other = *SecretBytes::CopyOf("other");
  other = std::move(to);
  EXPECT_EQ(other.Reveal(), "secret");
  EXPECT_TRUE(to.empty());  // NOLINT(bugprone-use-after-move)
}

TEST(SecretBytesTest, MoveToItselfKeepsTheBytes) {
  SecretBytes bytes = *SecretBytes::CopyOf("secret");
  SecretBytes& same = bytes;
  bytes = std::move(same);
  EXPECT_EQ(bytes.Reveal(), "secret");
}

}  // namespace
}  // namespace keyhold
