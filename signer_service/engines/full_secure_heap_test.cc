// A process has one secure heap: a test of its own. Signing needs room in it;
// without any, an item fails and the process lives.
#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/crypto.h"
#include "openssl/err.h"
#include "signer_service/engines/engine_test_input.h"
#include "signer_service/engines/self_checking_signer.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using testing::HasSubstr;

void EnsureSecureHeap() {
  static const int made = CRYPTO_secure_malloc_init(1 << 20, 16);
  ASSERT_EQ(made, 1);
}

// Takes all that is left of the secure heap.
class FullHeap {
 public:
  FullHeap() {
    for (size_t size = 1 << 20; size >= 16; size /= 2) {
      while (void* taken = OPENSSL_secure_malloc(size)) taken_.push_back(taken);
    }
    ERR_clear_error();
  }
  ~FullHeap() {
    for (void* taken : taken_) OPENSSL_secure_free(taken);
  }

 private:
  std::vector<void*> taken_;
};

class FullSecureHeapTest : public testing::TestWithParam<TestKeyKind> {
 protected:
  void SetUp() override { EnsureSecureHeap(); }
};

TEST_P(FullSecureHeapTest, SignsOrSaysWhyNot) {
  const auto key = MakeEngineKey(GetParam());
  const SignatureScheme scheme = key->public_key().DefaultPreferences().front();
  const std::vector<SigningItem> items(
      5, SigningItem{key.get(), scheme, /*is_digest=*/false, "message"});
  const SelfCheckingSigner signer;
  {
    FullHeap full;
    for (const auto& result : signer.Sign(items)) {
      if (result.ok()) {
        EXPECT_THAT(key->public_key().Verify(scheme, "message", *result),
                    IsOk());
      } else {
        EXPECT_THAT(result, StatusIs(absl::StatusCode::kResourceExhausted,
                                     HasSubstr("secure heap) is full")));
      }
    }
  }
  for (const auto& result : signer.Sign(items)) {
    ASSERT_THAT(result, IsOk());
    EXPECT_THAT(key->public_key().Verify(scheme, "message", *result), IsOk());
  }
  // Nothing was wrong with a signature.
  for (const EngineState& engine : signer.engines()) {
    EXPECT_TRUE(engine.on) << engine.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Keys, FullSecureHeapTest,
                         testing::Values(TestKeyKind::kP256, TestKeyKind::kP384,
                                         TestKeyKind::kEd25519),
                         [](const testing::TestParamInfo<TestKeyKind>& info) {
                           return std::string(TestKeyKindName(info.param));
                         });

TEST(FullSecureHeapKeyTest, AKeyThatDoesNotFitIsRefused) {
  EnsureSecureHeap();
  const SecretBytes pem = *SecretBytes::CopyOf(TestKeyPem(TestKeyKind::kP384));
  absl::StatusOr<PrivateKey> key = PrivateKey::Parse(pem);
  ASSERT_THAT(key, IsOk());
  FullHeap full;
  EXPECT_THAT(EngineKey::Create(*std::move(key)),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("secure heap) is full")));
}

}  // namespace
}  // namespace keyhold
