#include "signer_service/engines/sodium_ed25519_engine.h"

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/engines/broken_random.h"
#include "signer_service/engines/engine_test_input.h"
#include "signer_service/engines/openssl_engine.h"
#include "sodium.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using testing::HasSubstr;

// RFC 8032 §7.1.
struct Vector {
  absl::string_view seed;
  absl::string_view message;
  absl::string_view signature;
};

constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb882159"
     "0a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43"
     "e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538"
     "d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a2"
     "74fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9a"
     "c90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
};

class SodiumEd25519EngineTest : public testing::Test {
 protected:
  const std::unique_ptr<SodiumEd25519Engine> engine_ =
      *SodiumEd25519Engine::Create();
};

TEST_F(SodiumEd25519EngineTest, VectorsOfRfc8032) {
  for (const Vector& vector : kVectors) {
    const auto key = MakeEngineKeyFromSecret(
        TestKeyKind::kEd25519, absl::HexStringToBytes(vector.seed));
    EngineTestBatch batch;
    batch.Add(*key, SignatureScheme::kEd25519,
              absl::HexStringToBytes(vector.message));
    const EngineResults results = engine_->Sign(batch.items());
    ASSERT_THAT(results[0], IsOk());
    EXPECT_EQ(absl::BytesToHexString(*results[0]), vector.signature);
  }
}

TEST_F(SodiumEd25519EngineTest, IsWhatOpensslMakes) {
  const auto key = MakeEngineKey(TestKeyKind::kEd25519);
  EngineTestBatch batch;
  batch.AddMany(*key, 20);
  const EngineResults ours = engine_->Sign(batch.items());
  const EngineResults openssls = OpensslEngine().Sign(batch.items());
  for (size_t i = 0; i < ours.size(); ++i) {
    ASSERT_THAT(ours[i], IsOk());
    EXPECT_EQ(*ours[i], *openssls[i]);
  }
}

TEST_F(SodiumEd25519EngineTest, NeedsNoRandomBytes) {
  const auto key = MakeEngineKey(TestKeyKind::kEd25519);
  EngineTestBatch batch;
  batch.AddMany(*key, 1);
  BrokenRandom broken;
  EXPECT_THAT(engine_->Sign(batch.items())[0], IsOk());
}

TEST_F(SodiumEd25519EngineTest, LibsodiumsRandomBytesAreOpenssls) {
  EXPECT_STREQ(randombytes_implementation_name(), "openssl");
  EXPECT_LT(randombytes_uniform(10), 10u);
  EXPECT_NE(randombytes_random(), randombytes_random());
}

TEST_F(SodiumEd25519EngineTest, LibsodiumWithoutRandomBytesEndsTheProcess) {
  BrokenRandom broken;
  EXPECT_DEATH(randombytes_random(), "OpenSSL has no random bytes");
}

TEST_F(SodiumEd25519EngineTest, AKeyOfAnotherTypeTouchesNoOther) {
  const auto good = MakeEngineKey(TestKeyKind::kEd25519);
  const auto p256 = MakeEngineKey(TestKeyKind::kP256);
  const SchemeInfo* scheme = FindScheme(SignatureScheme::kEd25519);
  const EngineItem items[] = {{p256.get(), scheme, "m"},
                              {good.get(), scheme, "m"}};
  const EngineResults results = engine_->Sign(items);
  EXPECT_THAT(results[0], StatusIs(absl::StatusCode::kInternal,
                                   HasSubstr("not ready for Ed25519")));
  ASSERT_THAT(results[1], IsOk());
  EXPECT_THAT(VerifyItem(items[1], *results[1]), IsOk());
}

}  // namespace
}  // namespace keyhold
