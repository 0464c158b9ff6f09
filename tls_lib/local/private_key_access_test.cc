#include "tls_lib/local/private_key_access.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/private_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using testing::HasSubstr;

struct Case {
  TestKeyKind kind;
  size_t size;
};

class PrivateKeyAccessTest : public testing::TestWithParam<Case> {};

absl::StatusOr<PrivateKey> ParseDer(absl::string_view der) {
  return PrivateKey::Parse(*SecretBytes::CopyOf(der));
}

// The number stands in PKCS#8 as an OCTET STRING (RFC 5915, RFC 8410).
TEST_P(PrivateKeyAccessTest, IsTheNumberInTheFile) {
  const auto [kind, size] = GetParam();
  for (int index = 0; index < 4; ++index) {
    const std::string der =
        TestKeyEncoded(kind, TestKeyFormat::kPkcs8Der, index);
    absl::StatusOr<PrivateKey> key = ParseDer(der);
    ASSERT_THAT(key, IsOk());
    absl::StatusOr<SecretBytes> number = PrivateKeyAccess::PrivateNumber(*key);
    ASSERT_THAT(number, IsOk());
    ASSERT_EQ(number->size(), size);
    const std::string octet_string = absl::StrCat(
        "\x04", std::string(1, static_cast<char>(size)), number->Reveal());
    EXPECT_TRUE(absl::string_view(der).find(octet_string) !=
                absl::string_view::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, PrivateKeyAccessTest,
                         testing::Values(Case{TestKeyKind::kP256, 32},
                                         Case{TestKeyKind::kP384, 48},
                                         Case{TestKeyKind::kP521, 66},
                                         Case{TestKeyKind::kEd25519, 32},
                                         Case{TestKeyKind::kEd448, 57}),
                         [](const testing::TestParamInfo<Case>& info) {
                           return std::string(TestKeyKindName(info.param.kind));
                         });

TEST(PrivateKeyAccess, RsaHasNoOneNumber) {
  absl::StatusOr<PrivateKey> key =
      ParseDer(TestKeyEncoded(TestKeyKind::kRsa2048, TestKeyFormat::kPkcs8Der));
  ASSERT_THAT(key, IsOk());
  EXPECT_THAT(PrivateKeyAccess::PrivateNumber(*key),
              StatusIs(absl::StatusCode::kUnimplemented,
                       HasSubstr("RSA key has no one private number")));
}

}  // namespace
}  // namespace keyhold
