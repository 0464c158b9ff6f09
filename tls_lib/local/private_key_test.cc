#include "tls_lib/local/private_key.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/internal/evp_digest.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr char kMessage[] = "a message";

absl::StatusOr<PrivateKey> Parse(const std::string& encoded) {
  return PrivateKey::Parse(*SecretBytes::CopyOf(encoded));
}

PrivateKey KeyOf(TestKeyKind kind) { return *Parse(TestKeyPem(kind)); }

TEST(PrivateKeyParseTest, EveryTypeInEveryFormat) {
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    for (TestKeyFormat format :
         {TestKeyFormat::kPkcs8Pem, TestKeyFormat::kPkcs8Der}) {
      absl::StatusOr<PrivateKey> key = Parse(TestKeyEncoded(kind, format));
      ASSERT_THAT(key, IsOk()) << kind;
      EXPECT_EQ(key->public_key().spki(), TestKeySpki(kind)) << kind;
    }
  }
}

TEST(PrivateKeyParseTest, Pkcs1AndSec1) {
  for (TestKeyKind kind : {TestKeyKind::kRsa2048, TestKeyKind::kP256,
                           TestKeyKind::kP384, TestKeyKind::kP521}) {
    for (TestKeyFormat format :
         {TestKeyFormat::kTraditionalPem, TestKeyFormat::kTraditionalDer}) {
      absl::StatusOr<PrivateKey> key = Parse(TestKeyEncoded(kind, format));
      ASSERT_THAT(key, IsOk()) << kind;
      EXPECT_EQ(key->public_key().spki(), TestKeySpki(kind)) << kind;
    }
  }
}

TEST(PrivateKeyParseTest, OtherBlocksAndTextAreSkipped) {
  const std::string pem = TestKeyPem(TestKeyKind::kP256);
  absl::StatusOr<PrivateKey> key = Parse(absl::StrCat(
      "Bag Attributes: none\n",
      "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
      "-----END EC PARAMETERS-----\n",
      SelfSignedTestCert(pem), pem, SelfSignedTestCert(pem), "the end\n"));
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->public_key().spki(), TestKeySpki(TestKeyKind::kP256));
}

TEST(PrivateKeyParseTest, WindowsLinesAndLongLines) {
  const std::string pem = TestKeyPem(TestKeyKind::kRsa2048);
  EXPECT_THAT(Parse(absl::StrReplaceAll(pem, {{"\n", "\r\n"}})), IsOk());
  EXPECT_THAT(Parse(absl::StrReplaceAll(
                  pem, {{"\n", ""}, {"KEY-----M", "KEY-----\nM"}})),
              IsOk());
}

TEST(PrivateKeySignTest, EveryScheme) {
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    PrivateKey key = KeyOf(kind);
    for (SignatureScheme scheme : key.public_key().DefaultPreferences()) {
      SCOPED_TRACE(testing::Message() << kind << " " << SchemeName(scheme));
      absl::StatusOr<std::string> signature = key.Sign(scheme, kMessage);
      ASSERT_THAT(signature, IsOk());
      EXPECT_LE(signature->size(), key.public_key().max_signature_size());
      EXPECT_THAT(key.public_key().Verify(scheme, kMessage, *signature),
                  IsOk());
    }
  }
}

TEST(PrivateKeySignTest, DigestOfEveryHash) {
  for (TestKeyKind kind : {TestKeyKind::kRsa2048, TestKeyKind::kRsaPss2048,
                           TestKeyKind::kP256, TestKeyKind::kP521}) {
    PrivateKey key = KeyOf(kind);
    for (SignatureScheme scheme : key.public_key().DefaultPreferences()) {
      SCOPED_TRACE(testing::Message() << kind << " " << SchemeName(scheme));
      absl::StatusOr<std::string> signature = key.SignDigest(
          scheme, *internal::ComputeDigest(FindScheme(scheme)->hash, kMessage));
      ASSERT_THAT(signature, IsOk());
      EXPECT_THAT(key.public_key().Verify(scheme, kMessage, *signature),
                  IsOk());
    }
  }
}

TEST(PrivateKeySignTest, SchemeThatTheKeyCannotMake) {
  PrivateKey key = KeyOf(TestKeyKind::kRsaPss2048Sha256);
  for (SignatureScheme scheme :
       {SignatureScheme::kRsaPssPssSha384, SignatureScheme::kRsaPssRsaeSha256,
        SignatureScheme::kEd25519, static_cast<SignatureScheme>(0x0a0a)}) {
    const std::string text =
        absl::StrCat("this RSA-PSS key cannot make ", SchemeName(scheme));
    absl::Status status = key.Sign(scheme, kMessage).status();
    EXPECT_THAT(status, StatusIs(kInvalid, text));
    EXPECT_THAT(GetReason(status), Optional(ErrorReason::kSchemeDoesNotFitKey));
    EXPECT_THAT(key.SignDigest(scheme, std::string(48, 'd')),
                StatusIs(kInvalid, text));
  }
}

TEST(PrivateKeySignTest, DigestOfTheWrongSize) {
  EXPECT_THAT(KeyOf(TestKeyKind::kP256)
                  .SignDigest(SignatureScheme::kEcdsaSecp256r1Sha256,
                              std::string(48, 'd')),
              StatusIs(kInvalid,
                       "ecdsa_secp256r1_sha256 signs digests of 32 bytes "
                       "(SHA-256); this one has 48"));
}

TEST(PrivateKeySignTest, NoDigestForEddsa) {
  EXPECT_THAT(KeyOf(TestKeyKind::kEd25519)
                  .SignDigest(SignatureScheme::kEd25519, std::string(64, 'd')),
              StatusIs(kInvalid, HasSubstr("ed25519 signs whole messages")));
}

TEST(PrivateKeySignTest, EmptyAndLargeMessages) {
  for (TestKeyKind kind : {TestKeyKind::kP256, TestKeyKind::kEd25519}) {
    PrivateKey key = KeyOf(kind);
    const SignatureScheme scheme = key.public_key().DefaultPreferences()[0];
    for (size_t size : {0, 1 << 20}) {
      const std::string message(size, 'm');
      absl::StatusOr<std::string> signature = key.Sign(scheme, message);
      ASSERT_THAT(signature, IsOk());
      EXPECT_THAT(key.public_key().Verify(scheme, message, *signature), IsOk());
    }
  }
}

TEST(PrivateKeyTest, ManyThreadsShareOneKey) {
  for (TestKeyKind kind :
       {TestKeyKind::kRsa2048, TestKeyKind::kP256, TestKeyKind::kEd25519}) {
    const PrivateKey key = KeyOf(kind);
    const SignatureScheme scheme = key.public_key().DefaultPreferences()[0];
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&key, scheme, i] {
        const std::string message = absl::StrCat("message ", i);
        for (int n = 0; n < 20; ++n) {
          absl::StatusOr<std::string> signature = key.Sign(scheme, message);
          ASSERT_THAT(signature, IsOk());
          EXPECT_THAT(key.public_key().Verify(scheme, message, *signature),
                      IsOk());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

TEST(PrivateKeyTest, Moves) {
  PrivateKey from = KeyOf(TestKeyKind::kP256);
  PrivateKey to = std::move(from);
  EXPECT_THAT(to.Sign(SignatureScheme::kEcdsaSecp256r1Sha256, kMessage),
              IsOk());
  to = KeyOf(TestKeyKind::kEd25519);
  EXPECT_EQ(to.public_key().type(), KeyType::kEd25519);
}

}  // namespace
}  // namespace keyhold
