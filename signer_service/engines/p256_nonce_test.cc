// No nonce is used twice: equal nonces show as equal r. Compiled with
// KEYHOLD_NONCES, the number of signatures.
#include <algorithm>
#include <array>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "signer_service/engines/engine_test_input.h"
#include "signer_service/engines/p256_batch_engine.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

constexpr size_t kThreads = 2;
constexpr size_t kVerifyEach = 100;

// r's lowest 64 bits would do to find equal ones; 128 leave no chance.
using Fingerprint = std::array<char, 16>;

Fingerprint FingerprintOfR(absl::string_view signature) {
  DerReader numbers(*DerReader(signature).Read(kDerSequence));
  const absl::string_view r = *numbers.ReadUnsigned();
  Fingerprint result = {};
  const size_t size = std::min(result.size(), r.size());
  std::copy_n(r.end() - size, size, result.begin());
  return result;
}

// Batches of every size from 4 to 64, of the same message again and again:
// what differs is the nonce.
std::vector<Fingerprint> SignMany(const EngineKey& key, size_t count) {
  const P256BatchEngine engine;
  EngineTestBatch batch;
  for (int i = 0; i < 64; ++i) {
    batch.Add(key, SignatureScheme::kEcdsaSecp256r1Sha256, "one message");
  }
  std::vector<Fingerprint> fingerprints;
  fingerprints.reserve(count + 64);
  for (size_t size = 4; fingerprints.size() < count;
       size = size == 64 ? 4 : size + 1) {
    for (const auto& result : engine.Sign(batch.items().subspan(0, size))) {
      EXPECT_THAT(result, IsOk());
      if (fingerprints.size() % kVerifyEach == 0) {
        EXPECT_THAT(batch.Verify(0, *result), IsOk());
      }
      fingerprints.push_back(FingerprintOfR(*result));
    }
  }
  return fingerprints;
}

TEST(P256NonceTest, NoNonceRepeats) {
  const auto key = MakeEngineKey(TestKeyKind::kP256);
  std::vector<std::vector<Fingerprint>> parts(kThreads);
  std::vector<std::thread> threads;
  for (std::vector<Fingerprint>& part : parts) {
    threads.emplace_back(
        [&] { part = SignMany(*key, KEYHOLD_NONCES / kThreads); });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<Fingerprint> all;
  for (const auto& part : parts)
    all.insert(all.end(), part.begin(), part.end());
  ASSERT_GE(all.size(), KEYHOLD_NONCES);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

}  // namespace
}  // namespace keyhold
