// What every engine must do, with every type of key that it serves.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/engines/engine_test_input.h"
#include "signer_service/engines/nettle_p384_engine.h"
#include "signer_service/engines/openssl_engine.h"
#include "signer_service/engines/p256_batch_engine.h"
#include "signer_service/engines/sodium_ed25519_engine.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/key_type.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

struct EngineCase {
  std::string name;
  std::function<std::unique_ptr<const BatchSigningEngine>()> make;
  TestKeyKind kind;
};

class EngineConformanceTest : public testing::TestWithParam<EngineCase> {
 protected:
  EngineConformanceTest() : engine_(GetParam().make()) {}

  std::unique_ptr<const EngineKey> Key(int index = 0) const {
    return MakeEngineKey(GetParam().kind, index);
  }
  void ExpectAllVerify(const EngineTestBatch& batch) const {
    const EngineResults results = engine_->Sign(batch.items());
    ASSERT_EQ(results.size(), batch.items().size());
    for (size_t i = 0; i < results.size(); ++i) {
      ASSERT_THAT(results[i], IsOk()) << "item " << i;
      EXPECT_THAT(batch.Verify(i, *results[i]), IsOk()) << "item " << i;
    }
  }

  const std::unique_ptr<const BatchSigningEngine> engine_;
};

TEST_P(EngineConformanceTest, ServesTheKeyAndHasAName) {
  EXPECT_TRUE(engine_->Serves(Key()->public_key().type()));
  EXPECT_FALSE(engine_->name().empty());
}

TEST_P(EngineConformanceTest, NoItems) {
  EXPECT_THAT(engine_->Sign({}), testing::IsEmpty());
}

// TLS 1.2 lets an ECDSA key sign with each hash: digests longer and shorter
// than the curve's numbers.
TEST_P(EngineConformanceTest, EverySchemeInOneBatch) {
  const auto key = Key();
  EngineTestBatch batch;
  for (int round = 0; round < 3; ++round) {
    for (SignatureScheme scheme : key->public_key().DefaultPreferences()) {
      batch.Add(*key, scheme, absl::StrCat("message of round ", round));
    }
  }
  ExpectAllVerify(batch);
}

TEST_P(EngineConformanceTest, BatchesOfEverySize) {
  const auto key = Key();
  const bool rsa = GetParam().kind == TestKeyKind::kRsa2048 ||
                   GetParam().kind == TestKeyKind::kRsaPss2048;
  for (size_t size : {1, 2, 3, 4, 5, 63, 64, 65, 66, 130}) {
    if (rsa && size > 5) break;
    EngineTestBatch batch;
    batch.AddMany(*key, size);
    ExpectAllVerify(batch);
  }
}

TEST_P(EngineConformanceTest, DifferentKeysShareABatch) {
  std::vector<std::unique_ptr<const EngineKey>> keys;
  for (int i = 0; i < 3; ++i) keys.push_back(Key(i));
  EngineTestBatch batch;
  for (int i = 0; i < 3; ++i) {
    batch.AddMany(*keys[0], 1);
    batch.AddMany(*keys[1], 2);
    batch.AddMany(*keys[2], 1);
  }
  ExpectAllVerify(batch);
}

// Reduced modulo the order where they exceed it, and zero is a digest too.
TEST_P(EngineConformanceTest, DigestsAndMessagesAtTheirBounds) {
  const auto key = Key();
  std::vector<std::string> inputs;
  std::vector<EngineItem> items;
  for (SignatureScheme scheme : key->public_key().DefaultPreferences()) {
    const SchemeInfo* info = FindScheme(scheme);
    if (info->hash == HashAlgorithm::kNone) {
      inputs.assign({"", "m", std::string(146, 'm'), std::string(65536, 'm')});
    } else {
      inputs.assign({std::string(DigestSize(info->hash), '\0'),
                     std::string(DigestSize(info->hash), '\xff')});
    }
    items.clear();
    for (int round = 0; round < 2; ++round) {
      for (const std::string& input : inputs) {
        items.push_back({key.get(), info, input});
      }
    }
    const EngineResults results = engine_->Sign(items);
    ASSERT_EQ(results.size(), items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      ASSERT_THAT(results[i], IsOk());
      EXPECT_THAT(VerifyItem(items[i], *results[i]), IsOk());
    }
  }
}

// The secret numbers at the ends of their range, and one with many zeros.
TEST_P(EngineConformanceTest, ExtremePrivateNumbers) {
  std::vector<std::string> secrets;
  switch (GetParam().kind) {
    case TestKeyKind::kP256:
      secrets = {std::string(31, '\0') + '\x01', std::string(31, '\0') + '\x02',
                 std::string(15, '\0') + '\x01' + std::string(16, '\0'),
                 // n - 1
                 absl::HexStringToBytes("ffffffff00000000ffffffffffffffff"
                                        "bce6faada7179e84f3b9cac2fc632550")};
      break;
    case TestKeyKind::kP384:
      secrets = {std::string(47, '\0') + '\x01', std::string(47, '\0') + '\x02',
                 std::string(23, '\0') + '\x01' + std::string(24, '\0'),
                 // n - 1
                 absl::HexStringToBytes("ffffffffffffffffffffffffffffffff"
                                        "ffffffffffffffffc7634d81f4372ddf"
                                        "581a0db248b0a77aecec196accc52972")};
      break;
    case TestKeyKind::kEd25519:
      secrets = {std::string(32, '\0'), std::string(32, '\xff')};
      break;
    default:
      return;
  }
  for (const std::string& secret : secrets) {
    const auto key = MakeEngineKeyFromSecret(GetParam().kind, secret);
    EngineTestBatch batch;
    batch.AddMany(*key, 6);
    ExpectAllVerify(batch);
  }
}

TEST_P(EngineConformanceTest, ThreadsShareAnEngineAndAKey) {
  const auto key = Key();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (size_t size : {1, 4, 7}) {
        EngineTestBatch batch;
        batch.AddMany(*key, size);
        ExpectAllVerify(batch);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// A nonce that is used twice gives an ECDSA key away.
TEST_P(EngineConformanceTest, OnlyDeterministicSignaturesRepeat) {
  const auto key = Key();
  for (SignatureScheme scheme : key->public_key().DefaultPreferences()) {
    EngineTestBatch batch;
    for (int i = 0; i < 5; ++i) batch.Add(*key, scheme, "one message");
    const EngineResults results = engine_->Sign(batch.items());
    std::vector<std::string> signatures;
    for (const auto& result : results) {
      ASSERT_THAT(result, IsOk());
      signatures.push_back(*result);
    }
    std::sort(signatures.begin(), signatures.end());
    const auto end = std::unique(signatures.begin(), signatures.end());
    const SignatureAlgorithm algorithm = FindScheme(scheme)->algorithm;
    const bool deterministic = algorithm == SignatureAlgorithm::kEddsa ||
                               algorithm == SignatureAlgorithm::kRsaPkcs1;
    EXPECT_EQ(end - signatures.begin(), deterministic ? 1 : 5)
        << SchemeName(scheme);
  }
}

template <typename Engine>
std::unique_ptr<const BatchSigningEngine> Make() {
  return std::make_unique<Engine>();
}

std::vector<EngineCase> AllCases() {
  std::vector<EngineCase> cases = {
      {"P256Batch", Make<P256BatchEngine>, TestKeyKind::kP256},
      {"NettleP384", Make<NettleP384Engine>, TestKeyKind::kP384},
      {"SodiumEd25519", [] { return *SodiumEd25519Engine::Create(); },
       TestKeyKind::kEd25519}};
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    // Signing with them is slow, and as with RSA-2048.
    if (kind == TestKeyKind::kRsa3072 || kind == TestKeyKind::kRsa4096) {
      continue;
    }
    cases.push_back({"Openssl", Make<OpensslEngine>, kind});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineConformanceTest,
                         testing::ValuesIn(AllCases()),
                         [](const testing::TestParamInfo<EngineCase>& info) {
                           return absl::StrCat(
                               info.param.name, "With",
                               TestKeyKindName(info.param.kind));
                         });

}  // namespace
}  // namespace keyhold
