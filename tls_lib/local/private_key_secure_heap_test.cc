// PrivateKey in a process that has a secure heap.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/crypto.h"
#include "openssl/err.h"
#include "tls_lib/base/secure_heap.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/private_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

constexpr size_t kHeapBytes = 1 << 18;

class PrivateKeySecureHeapTest : public testing::Test {
 protected:
  // The heap is the process's, and made once.
  static void SetUpTestSuite() {
    for (TestKeyKind kind : GoodTestKeyKinds()) TestKeyPem(kind);
    ASSERT_EQ(CRYPTO_secure_malloc_init(kHeapBytes, 16), 1);
    // The first signature makes the thread's random generator, which stays
    // there.
    ASSERT_THAT(PrivateKey::Parse(
                    *SecretBytes::CopyOf(TestKeyPem(TestKeyKind::kRsa2048)))
                    ->Sign(SignatureScheme::kRsaPssRsaeSha256, "m"),
                IsOk());
  }
  // Leaves no room even for a byte.
  void FillHeap() {
    for (size_t size : {4096, 256, 16}) {
      absl::StatusOr<SecretBytes> bytes = SecretBytes::OfSize(size);
      while (bytes.ok()) {
        filling_.push_back(*std::move(bytes));
        bytes = SecretBytes::OfSize(size);
      }
    }
    ASSERT_TRUE(SecureHeapIsFull());
  }

  std::vector<SecretBytes> filling_;
};

TEST_F(PrivateKeySecureHeapTest, SecretNumbersLiveThere) {
  struct Expected {
    TestKeyKind kind;
    size_t least;
  };
  // RSA: d, and five numbers of half its length.
  const Expected cases[] = {
      {TestKeyKind::kRsa2048, 256 + 5 * 128},
      {TestKeyKind::kRsa4096, 512 + 5 * 256},
      {TestKeyKind::kRsaPss2048, 256 + 5 * 128},
      {TestKeyKind::kP256, 32},
      {TestKeyKind::kP384, 48},
      {TestKeyKind::kP521, 66},
      {TestKeyKind::kEd25519, 32},
      {TestKeyKind::kEd448, 57},
  };
  for (const Expected& expected : cases) {
    SCOPED_TRACE(TestKeyKindName(expected.kind));
    const SecretBytes encoded = *SecretBytes::CopyOf(TestKeyPem(expected.kind));
    const size_t before = CRYPTO_secure_used();
    {
      absl::StatusOr<PrivateKey> key = PrivateKey::Parse(encoded);
      ASSERT_THAT(key, IsOk());
      const size_t held = CRYPTO_secure_used() - before;
      EXPECT_GE(held, expected.least);
      for (int i = 0; i < 3; ++i) {
        ASSERT_THAT(key->Sign(key->public_key().DefaultPreferences()[0], "m"),
                    IsOk());
      }
      // A signature leaves no other copy there.
      EXPECT_EQ(CRYPTO_secure_used() - before, held);
    }
    EXPECT_EQ(CRYPTO_secure_used(), before);
  }
}

TEST_F(PrivateKeySecureHeapTest, RefusedKeysLeaveNothing) {
  const SecretBytes encoded =
      *SecretBytes::CopyOf(EncryptedTestKeyPem(TestKeyKind::kP256));
  const SecretBytes cut = *SecretBytes::CopyOf(
      TestKeyEncoded(TestKeyKind::kRsa2048, TestKeyFormat::kPkcs8Der)
          .substr(0, 700));
  const size_t before = CRYPTO_secure_used();
  EXPECT_THAT(PrivateKey::Parse(encoded),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(PrivateKey::Parse(cut),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(CRYPTO_secure_used(), before);
}

TEST_F(PrivateKeySecureHeapTest, LoadsUntilItIsFull) {
  for (TestKeyKind kind :
       {TestKeyKind::kP256, TestKeyKind::kRsa2048, TestKeyKind::kEd25519}) {
    SCOPED_TRACE(TestKeyKindName(kind));
    const SecretBytes encoded = *SecretBytes::CopyOf(TestKeyPem(kind));
    const size_t before = CRYPTO_secure_used();
    std::vector<PrivateKey> keys;
    absl::StatusOr<PrivateKey> key = PrivateKey::Parse(encoded);
    while (key.ok()) {
      keys.push_back(*std::move(key));
      ASSERT_LE(keys.size(), kHeapBytes / 32);
      key = PrivateKey::Parse(encoded);
    }
    EXPECT_GT(keys.size(), 50u);
    EXPECT_THAT(key,
                StatusIs(absl::StatusCode::kResourceExhausted,
                         HasSubstr("the locked memory for private keys "
                                   "(OpenSSL's secure heap) is full; make it "
                                   "larger or load fewer keys")));
    keys.clear();
    EXPECT_EQ(CRYPTO_secure_used(), before);
  }
}

TEST_F(PrivateKeySecureHeapTest, SigningWhenItIsFull) {
  absl::StatusOr<PrivateKey> key =
      PrivateKey::Parse(*SecretBytes::CopyOf(TestKeyPem(TestKeyKind::kP256)));
  ASSERT_THAT(key, IsOk());
  FillHeap();
  EXPECT_THAT(key->Sign(SignatureScheme::kEcdsaSecp256r1Sha256, "m"),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("cannot sign with ecdsa_secp256r1_sha256: the "
                                 "locked memory")));
  EXPECT_EQ(ERR_peek_error(), 0u);
  filling_.clear();
  EXPECT_THAT(key->Sign(SignatureScheme::kEcdsaSecp256r1Sha256, "m"), IsOk());
}

}  // namespace
}  // namespace keyhold
