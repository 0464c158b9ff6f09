// PublicKey::Verify and VerifyDigest, on signatures that OpenSSL made.
#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/pem.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/internal/evp_digest.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

constexpr char kMessage[] = "a message";
constexpr char kWrong[] =
    "the signature is not one by this key over this content";

PublicKey KeyOf(TestKeyKind kind, int index = 0) {
  return *PublicKey::FromSpki(TestKeySpki(kind, index));
}

EvpPkeyPtr PrivateKeyOf(TestKeyKind kind) {
  const std::string pem = TestKeyPem(kind);
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return EvpPkeyPtr(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

// OpenSSL's signature by scheme, with a salt of `salt_length` for PSS.
std::string Sign(TestKeyKind kind, const SchemeInfo& scheme,
                 int salt_length = RSA_PSS_SALTLEN_DIGEST) {
  EvpPkeyPtr key = PrivateKeyOf(kind);
  EvpMdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  EXPECT_EQ(EVP_DigestSignInit(context.get(), &key_context,
                               internal::FetchedDigest(scheme.hash), nullptr,
                               key.get()),
            1);
  if (scheme.algorithm == SignatureAlgorithm::kRsaPss) {
    EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, salt_length);
  }
  std::string signature(600, '\0');
  size_t size = signature.size();
  EXPECT_EQ(EVP_DigestSign(context.get(),
                           reinterpret_cast<uint8_t*>(signature.data()), &size,
                           reinterpret_cast<const uint8_t*>(kMessage),
                           sizeof(kMessage) - 1),
            1);
  signature.resize(size);
  return signature;
}

TEST(VerifyTest, EverySchemeOfEveryKey) {
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    PublicKey key = KeyOf(kind);
    for (SignatureScheme scheme : key.DefaultPreferences()) {
      SCOPED_TRACE(testing::Message() << kind << " " << SchemeName(scheme));
      std::string signature = Sign(kind, *FindScheme(scheme));
      EXPECT_THAT(key.Verify(scheme, kMessage, signature), IsOk());
      EXPECT_THAT(key.Verify(scheme, "another message", signature),
                  StatusIs(absl::StatusCode::kInvalidArgument, kWrong));
      signature.back() ^= 1;
      EXPECT_THAT(key.Verify(scheme, kMessage, signature),
                  StatusIs(absl::StatusCode::kInvalidArgument, kWrong));
      EXPECT_THAT(key.Verify(scheme, kMessage, ""),
                  StatusIs(absl::StatusCode::kInvalidArgument, kWrong));
    }
  }
}

TEST(VerifyTest, AnotherKey) {
  const SchemeInfo& scheme =
      *FindScheme(SignatureScheme::kEcdsaSecp256r1Sha256);
  EXPECT_THAT(
      KeyOf(TestKeyKind::kP256, 1)
          .Verify(scheme.scheme, kMessage, Sign(TestKeyKind::kP256, scheme)),
      StatusIs(absl::StatusCode::kInvalidArgument, kWrong));
}

TEST(VerifyTest, PssSaltMustBeAsLongAsTheDigest) {
  const SchemeInfo& scheme = *FindScheme(SignatureScheme::kRsaPssRsaeSha256);
  PublicKey key = KeyOf(TestKeyKind::kRsa2048);
  for (int salt_length : {0, 20, 31, 33, 64}) {
    EXPECT_THAT(key.Verify(scheme.scheme, kMessage,
                           Sign(TestKeyKind::kRsa2048, scheme, salt_length)),
                StatusIs(absl::StatusCode::kInvalidArgument, kWrong))
        << salt_length;
  }
}

TEST(VerifyTest, PaddingsAreNotMixed) {
  PublicKey key = KeyOf(TestKeyKind::kRsa2048);
  const std::string pkcs1 = Sign(TestKeyKind::kRsa2048,
                                 *FindScheme(SignatureScheme::kRsaPkcs1Sha256));
  EXPECT_THAT(key.Verify(SignatureScheme::kRsaPssRsaeSha256, kMessage, pkcs1),
              StatusIs(absl::StatusCode::kInvalidArgument, kWrong));
  EXPECT_THAT(key.Verify(SignatureScheme::kRsaPkcs1Sha384, kMessage, pkcs1),
              StatusIs(absl::StatusCode::kInvalidArgument, kWrong));
}

TEST(VerifyTest, SchemeThatTheKeyCannotMake) {
  absl::Status status =
      KeyOf(TestKeyKind::kP256).Verify(SignatureScheme::kEd25519, kMessage, "");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument,
                               "this P-256 key cannot make ed25519"));
  EXPECT_THAT(GetReason(status), Optional(ErrorReason::kSchemeDoesNotFitKey));
}

TEST(VerifyDigestTest, OfTheSchemesHash) {
  const SchemeInfo& scheme = *FindScheme(SignatureScheme::kRsaPssRsaeSha384);
  PublicKey key = KeyOf(TestKeyKind::kRsa2048);
  const std::string signature = Sign(TestKeyKind::kRsa2048, scheme);
  EXPECT_THAT(key.VerifyDigest(scheme.scheme,
                               *internal::ComputeDigest(scheme.hash, kMessage),
                               signature),
              IsOk());
  EXPECT_THAT(key.VerifyDigest(scheme.scheme, std::string(32, 'x'), signature),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "rsa_pss_rsae_sha384 signs digests of 48 bytes "
                       "(SHA-384); this one has 32"));
}

TEST(VerifyDigestTest, NotForEddsa) {
  EXPECT_THAT(KeyOf(TestKeyKind::kEd25519)
                  .VerifyDigest(SignatureScheme::kEd25519, std::string(64, 'x'),
                                std::string(64, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("signs whole messages")));
}

}  // namespace
}  // namespace keyhold
