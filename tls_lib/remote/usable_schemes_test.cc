#include "tls_lib/remote/usable_schemes.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr SignatureScheme kGrease = static_cast<SignatureScheme>(0x0a0a);
constexpr SignatureScheme kSha1 = static_cast<SignatureScheme>(0x0201);

PublicKey KeyOf(TestKeyKind kind) {
  return *PublicKey::FromSpki(TestKeySpki(kind));
}

TEST(UsableSchemesTest, OrderRepeatsAndUnknownPointsPlayNoPart) {
  const PublicKey rsa = KeyOf(TestKeyKind::kRsa2048);
  const SchemeBits set = UsableSchemes(
      rsa, TlsVersion::kTls13,
      {SignatureScheme::kRsaPssRsaeSha384, SignatureScheme::kRsaPssRsaeSha256});
  EXPECT_EQ(set, UsableSchemes(rsa, TlsVersion::kTls13,
                               {kGrease, SignatureScheme::kRsaPssRsaeSha256,
                                kSha1, SignatureScheme::kRsaPssRsaeSha384,
                                SignatureScheme::kRsaPssRsaeSha256,
                                SignatureScheme::kEd25519,
                                SignatureScheme::kRsaPkcs1Sha256}));
  EXPECT_THAT(SchemesIn(set),
              UnorderedElementsAre(SignatureScheme::kRsaPssRsaeSha256,
                                   SignatureScheme::kRsaPssRsaeSha384));
}

TEST(UsableSchemesTest, VersionDecidesWhatTheKeyCanMake) {
  const PublicKey p384 = KeyOf(TestKeyKind::kP384);
  const std::vector<SignatureScheme> offered = {
      SignatureScheme::kEcdsaSecp256r1Sha256};
  EXPECT_THAT(SchemesIn(UsableSchemes(p384, TlsVersion::kTls13, offered)),
              IsEmpty());
  EXPECT_THAT(SchemesIn(UsableSchemes(p384, TlsVersion::kTls12, offered)),
              ElementsAre(SignatureScheme::kEcdsaSecp256r1Sha256));
}

TEST(UsableSchemesTest, ContainsNothingUnknown) {
  EXPECT_FALSE(Contains(~SchemeBits{0}, kGrease));
  EXPECT_TRUE(Contains(~SchemeBits{0}, SignatureScheme::kEd448));
}

}  // namespace
}  // namespace keyhold
