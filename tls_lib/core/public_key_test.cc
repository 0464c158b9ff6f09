#include "tls_lib/core/public_key.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/sha.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

PublicKey KeyOf(TestKeyKind kind, int index = 0) {
  absl::StatusOr<PublicKey> key = PublicKey::FromSpki(TestKeySpki(kind, index));
  EXPECT_THAT(key, IsOk());
  return *std::move(key);
}

SignatureScheme Point(uint16_t value) {
  return static_cast<SignatureScheme>(value);
}

TEST(PublicKeyTest, FactsOfEachType) {
  struct Expected {
    TestKeyKind kind;
    KeyType type;
    int bits;
    size_t max_signature_size;
  };
  const Expected cases[] = {
      {TestKeyKind::kRsa2048, KeyType::kRsa, 2048, 256},
      {TestKeyKind::kRsa3072, KeyType::kRsa, 3072, 384},
      {TestKeyKind::kRsa4096, KeyType::kRsa, 4096, 512},
      {TestKeyKind::kRsaPss2048, KeyType::kRsaPss, 2048, 256},
      {TestKeyKind::kRsaPss2048Sha256, KeyType::kRsaPss, 2048, 256},
      {TestKeyKind::kP256, KeyType::kEcdsaP256, 256, 72},
      {TestKeyKind::kP384, KeyType::kEcdsaP384, 384, 104},
      {TestKeyKind::kP521, KeyType::kEcdsaP521, 521, 139},
      {TestKeyKind::kEd25519, KeyType::kEd25519, 255, 64},
      {TestKeyKind::kEd448, KeyType::kEd448, 448, 114},
  };
  for (const Expected& expected : cases) {
    SCOPED_TRACE(TestKeyKindName(expected.kind));
    const std::string spki = TestKeySpki(expected.kind);
    PublicKey key = KeyOf(expected.kind);
    EXPECT_EQ(key.type(), expected.type);
    EXPECT_EQ(key.bits(), expected.bits);
    EXPECT_EQ(key.max_signature_size(), expected.max_signature_size);
    EXPECT_EQ(key.spki(), spki);
    std::string digest(32, '\0');
    SHA256(reinterpret_cast<const uint8_t*>(spki.data()), spki.size(),
           reinterpret_cast<uint8_t*>(digest.data()));
    EXPECT_EQ(key.spki_sha256(), digest);
  }
}

TEST(PublicKeyTest, EqualIfTheSpkiIs) {
  EXPECT_EQ(KeyOf(TestKeyKind::kP256), KeyOf(TestKeyKind::kP256));
  EXPECT_NE(KeyOf(TestKeyKind::kP256), KeyOf(TestKeyKind::kP256, 1));
}

TEST(PublicKeyTest, CopiesShareTheKey) {
  PublicKey key = KeyOf(TestKeyKind::kEd25519);
  PublicKey copy = key;
  EXPECT_EQ(copy.spki().data(), key.spki().data());
}

TEST(DefaultPreferencesTest, Rsa) {
  EXPECT_THAT(KeyOf(TestKeyKind::kRsa2048).DefaultPreferences(),
              ElementsAre(SignatureScheme::kRsaPssRsaeSha256,
                          SignatureScheme::kRsaPssRsaeSha384,
                          SignatureScheme::kRsaPssRsaeSha512,
                          SignatureScheme::kRsaPkcs1Sha256,
                          SignatureScheme::kRsaPkcs1Sha384,
                          SignatureScheme::kRsaPkcs1Sha512));
}

TEST(DefaultPreferencesTest, EcdsaOwnCurveFirst) {
  EXPECT_THAT(KeyOf(TestKeyKind::kP256).DefaultPreferences(),
              ElementsAre(SignatureScheme::kEcdsaSecp256r1Sha256,
                          SignatureScheme::kEcdsaSecp384r1Sha384,
                          SignatureScheme::kEcdsaSecp521r1Sha512));
  EXPECT_THAT(KeyOf(TestKeyKind::kP384).DefaultPreferences(),
              ElementsAre(SignatureScheme::kEcdsaSecp384r1Sha384,
                          SignatureScheme::kEcdsaSecp256r1Sha256,
                          SignatureScheme::kEcdsaSecp521r1Sha512));
  EXPECT_THAT(KeyOf(TestKeyKind::kP521).DefaultPreferences(),
              ElementsAre(SignatureScheme::kEcdsaSecp521r1Sha512,
                          SignatureScheme::kEcdsaSecp256r1Sha256,
                          SignatureScheme::kEcdsaSecp384r1Sha384));
}

TEST(DefaultPreferencesTest, RsaPssAndItsRestrictions) {
  EXPECT_THAT(KeyOf(TestKeyKind::kRsaPss2048).DefaultPreferences(),
              ElementsAre(SignatureScheme::kRsaPssPssSha256,
                          SignatureScheme::kRsaPssPssSha384,
                          SignatureScheme::kRsaPssPssSha512));
  EXPECT_THAT(KeyOf(TestKeyKind::kRsaPss2048Sha256).DefaultPreferences(),
              ElementsAre(SignatureScheme::kRsaPssPssSha256));
}

TEST(DefaultPreferencesTest, Eddsa) {
  EXPECT_THAT(KeyOf(TestKeyKind::kEd25519).DefaultPreferences(),
              ElementsAre(SignatureScheme::kEd25519));
  EXPECT_THAT(KeyOf(TestKeyKind::kEd448).DefaultPreferences(),
              ElementsAre(SignatureScheme::kEd448));
}

TEST(CanMakeTest, EcdsaFixesTheCurveOnlyInTls13) {
  PublicKey key = KeyOf(TestKeyKind::kP384);
  EXPECT_FALSE(
      key.CanMake(SignatureScheme::kEcdsaSecp256r1Sha256, TlsVersion::kTls13));
  EXPECT_TRUE(
      key.CanMake(SignatureScheme::kEcdsaSecp256r1Sha256, TlsVersion::kTls12));
  EXPECT_FALSE(key.CanMake(Point(0x0a0a), TlsVersion::kTls12));
}

TEST(FindSchemeOfTest, SaysWhatTheKeyCannotMake) {
  absl::Status status = FindSchemeOf(KeyOf(TestKeyKind::kRsaPss2048Sha256),
                                     SignatureScheme::kRsaPssPssSha384)
                            .status();
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "this RSA-PSS key cannot make rsa_pss_pss_sha384"));
  EXPECT_THAT(GetReason(status), Optional(ErrorReason::kSchemeDoesNotFitKey));
  absl::StatusOr<const SchemeInfo*> found = FindSchemeOf(
      KeyOf(TestKeyKind::kRsa2048), SignatureScheme::kRsaPkcs1Sha256);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(*found, FindScheme(SignatureScheme::kRsaPkcs1Sha256));
}

TEST(ChooseSchemeTest, PreferencesDecideNotTheOrderOfTheOffer) {
  PublicKey key = KeyOf(TestKeyKind::kRsa2048);
  const std::vector<SignatureScheme> offered = {
      Point(0x1a1a), SignatureScheme::kRsaPssRsaeSha256,
      SignatureScheme::kRsaPssRsaeSha512, Point(0x0201)};
  EXPECT_THAT(
      ChooseScheme(key, TlsVersion::kTls13, key.DefaultPreferences(), offered),
      IsOkAndHolds(SignatureScheme::kRsaPssRsaeSha256));
  EXPECT_THAT(ChooseScheme(key, TlsVersion::kTls13,
                           {SignatureScheme::kRsaPssRsaeSha512,
                            SignatureScheme::kRsaPssRsaeSha256},
                           offered),
              IsOkAndHolds(SignatureScheme::kRsaPssRsaeSha512));
}

TEST(ChooseSchemeTest, Pkcs1OnlyBelowTls13) {
  PublicKey key = KeyOf(TestKeyKind::kRsa2048);
  const SignatureScheme offered[] = {SignatureScheme::kRsaPkcs1Sha256};
  EXPECT_THAT(
      ChooseScheme(key, TlsVersion::kTls12, key.DefaultPreferences(), offered),
      IsOkAndHolds(SignatureScheme::kRsaPkcs1Sha256));
  EXPECT_THAT(
      ChooseScheme(key, TlsVersion::kTls13, key.DefaultPreferences(), offered),
      StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(ChooseSchemeTest, PreferencesThatTheKeyCannotMakeAreSkipped) {
  PublicKey key = KeyOf(TestKeyKind::kP256);
  EXPECT_THAT(
      ChooseScheme(
          key, TlsVersion::kTls13,
          {SignatureScheme::kEd25519, SignatureScheme::kEcdsaSecp384r1Sha384,
           SignatureScheme::kEcdsaSecp256r1Sha256},
          {SignatureScheme::kEd25519, SignatureScheme::kEcdsaSecp384r1Sha384,
           SignatureScheme::kEcdsaSecp256r1Sha256}),
      IsOkAndHolds(SignatureScheme::kEcdsaSecp256r1Sha256));
}

TEST(ChooseSchemeTest, NothingInCommonNamesWhatWasOffered) {
  PublicKey key = KeyOf(TestKeyKind::kP256);
  absl::Status status =
      ChooseScheme(key, TlsVersion::kTls13, key.DefaultPreferences(),
                   {SignatureScheme::kEd25519, Point(0x0a0a)})
          .status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               "no signature scheme in common: the P-256 key "
                               "makes none of the offered in TLS 1.3 "
                               "(ed25519, 0x0a0a)"));
  EXPECT_THAT(GetReason(status), Optional(ErrorReason::kNoCommonScheme));
  EXPECT_THAT(ChooseScheme(key, TlsVersion::kTls12, {}, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("in TLS 1.2 (none was offered)")));
}

TEST(ChooseSchemeTest, ALongOfferIsNotRepeatedWhole) {
  PublicKey key = KeyOf(TestKeyKind::kP256);
  const std::vector<SignatureScheme> offered(10000, Point(0x0a0a));
  EXPECT_THAT(
      ChooseScheme(key, TlsVersion::kTls13, key.DefaultPreferences(), offered),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               HasSubstr("0x0a0a and 9984 more)")));
}

}  // namespace
}  // namespace keyhold
