#include "tls_lib/core/signature_scheme.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr KeyType kAllTypes[] = {KeyType::kRsa,       KeyType::kRsaPss,
                                 KeyType::kEcdsaP256, KeyType::kEcdsaP384,
                                 KeyType::kEcdsaP521, KeyType::kEd25519,
                                 KeyType::kEd448};

std::string TypesThatFit(const SchemeInfo& info, TlsVersion version) {
  std::string result;
  for (KeyType type : kAllTypes) {
    if (SchemeFits(info, type, version)) {
      absl::StrAppend(&result, result.empty() ? "" : " ", KeyTypeName(type));
    }
  }
  return result.empty() ? "none" : result;
}

// A golden snapshot: whoever changes what Keyhold signs with, or the default
// order, sees it here and in docs/defaults.md.
TEST(AllSchemesTest, Snapshot) {
  std::string snapshot;
  for (const SchemeInfo& info : AllSchemes()) {
    absl::StrAppendFormat(&snapshot, "%04x %s, %s; 1.3: %s; 1.2: %s\n",
                          info.scheme, info.name, HashName(info.hash),
                          TypesThatFit(info, TlsVersion::kTls13),
                          TypesThatFit(info, TlsVersion::kTls12));
  }
  EXPECT_EQ(snapshot,
            "0807 ed25519, none; 1.3: Ed25519; 1.2: Ed25519\n"
            "0403 ecdsa_secp256r1_sha256, SHA-256; 1.3: P-256; "
            "1.2: P-256 P-384 P-521\n"
            "0503 ecdsa_secp384r1_sha384, SHA-384; 1.3: P-384; "
            "1.2: P-256 P-384 P-521\n"
            "0603 ecdsa_secp521r1_sha512, SHA-512; 1.3: P-521; "
            "1.2: P-256 P-384 P-521\n"
            "0808 ed448, none; 1.3: Ed448; 1.2: Ed448\n"
            "0804 rsa_pss_rsae_sha256, SHA-256; 1.3: RSA; 1.2: RSA\n"
            "0805 rsa_pss_rsae_sha384, SHA-384; 1.3: RSA; 1.2: RSA\n"
            "0806 rsa_pss_rsae_sha512, SHA-512; 1.3: RSA; 1.2: RSA\n"
            "0809 rsa_pss_pss_sha256, SHA-256; 1.3: RSA-PSS; 1.2: RSA-PSS\n"
            "080a rsa_pss_pss_sha384, SHA-384; 1.3: RSA-PSS; 1.2: RSA-PSS\n"
            "080b rsa_pss_pss_sha512, SHA-512; 1.3: RSA-PSS; 1.2: RSA-PSS\n"
            "0401 rsa_pkcs1_sha256, SHA-256; 1.3: none; 1.2: RSA\n"
            "0501 rsa_pkcs1_sha384, SHA-384; 1.3: none; 1.2: RSA\n"
            "0601 rsa_pkcs1_sha512, SHA-512; 1.3: none; 1.2: RSA\n");
}

TEST(FindSchemeTest, FindsEachAndNoOther) {
  for (const SchemeInfo& info : AllSchemes()) {
    EXPECT_EQ(FindScheme(info.scheme), &info);
  }
  for (uint16_t point : {0x0000, 0x0201 /* rsa_pkcs1_sha1 */, 0x0203,
                         0x0a0a /* GREASE */, 0x081a, 0xffff}) {
    EXPECT_EQ(FindScheme(static_cast<SignatureScheme>(point)), nullptr);
  }
}

TEST(SchemeNameTest, NamesAndCodePoints) {
  EXPECT_EQ(SchemeName(SignatureScheme::kEd25519), "ed25519");
  EXPECT_EQ(SchemeName(static_cast<SignatureScheme>(0x0a0a)), "0x0a0a");
  EXPECT_EQ(SchemeName(static_cast<SignatureScheme>(0x0001)), "0x0001");
}

TEST(ParseSchemeNameTest, EachNameParses) {
  std::set<absl::string_view> names;
  for (const SchemeInfo& info : AllSchemes()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_THAT(ParseSchemeName(info.name), IsOkAndHolds(info.scheme));
  }
}

TEST(ParseSchemeNameTest, UnknownNameListsTheKnown) {
  EXPECT_THAT(
      ParseSchemeName("rsa_pkcs1_sha1"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               AllOf(StartsWith("unknown signature scheme \"rsa_pkcs1_sha1\"; "
                                "known are ed25519, "),
                     HasSubstr("rsa_pkcs1_sha512"))));
}

TEST(HashTest, SizesAndNames) {
  EXPECT_EQ(DigestSize(HashAlgorithm::kNone), 0u);
  EXPECT_EQ(DigestSize(HashAlgorithm::kSha256), 32u);
  EXPECT_EQ(DigestSize(HashAlgorithm::kSha384), 48u);
  EXPECT_EQ(DigestSize(HashAlgorithm::kSha512), 64u);
  EXPECT_EQ(HashName(HashAlgorithm::kNone), "none");
  EXPECT_EQ(HashName(HashAlgorithm::kSha384), "SHA-384");
}

}  // namespace
}  // namespace keyhold
