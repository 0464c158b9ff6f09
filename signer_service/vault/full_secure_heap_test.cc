// Loads keys until the secure heap is full: the load that does not fit is
// refused, and everything that was loaded before goes on signing.
#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/process/secure_heap.h"
#include "signer_service/vault/in_process_vault.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr size_t kHeapBytes = 1 << 20;
constexpr int kThreads = 8;
// Leaves 64 KiB to keys, so that a test of a second fills it.
constexpr size_t kTakenBytes = 192 * 1024;

std::vector<KeyFile> KeyFiles(int p256_keys) {
  std::vector<KeyFile> files;
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    files.push_back(TestKeyFile(TestKeyKindName(kind), TestKeyPem(kind)));
  }
  for (int i = 1; i <= p256_keys; ++i) {
    files.push_back(TestKeyFile(absl::StrCat("p256-", i),
                                TestKeyPem(TestKeyKind::kP256, i)));
  }
  return files;
}

// A batch, so that engines for batches take what they need too.
absl::Status TrySigning(Vault& vault, const PublicKey& key) {
  const SignatureScheme scheme = key.DefaultPreferences().front();
  std::vector<SignJob> jobs(8);
  for (SignJob& job : jobs) {
    job.request = MessageRequest(key, scheme, "message");
  }
  for (const auto& signature : SignAll(vault, std::move(jobs))) {
    RETURN_IF_ERROR(signature.status());
    RETURN_IF_ERROR(key.Verify(scheme, "message", *signature));
  }
  return absl::OkStatus();
}

// From threads that have never signed: each takes its own random generator
// and scratch numbers from the heap.
void ExpectEveryKindSigns(Vault& vault) {
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&vault, &failures] {
      for (TestKeyKind kind : GoodTestKeyKinds()) {
        if (!TrySigning(vault, TestPublicKey(kind)).ok()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

size_t CountServed(const std::vector<KeyFileOutcome>& outcomes) {
  size_t served = 0;
  for (const KeyFileOutcome& outcome : outcomes) served += outcome.status.ok();
  return served;
}

TEST(FullSecureHeapTest, LoadThatDoesNotFitIsRefusedAndSigningGoesOn) {
  // The test's own keys are made, and kept, before there is a secure heap.
  KeyFiles(2001);
  ASSERT_THAT(CreateSecureHeap(kHeapBytes, kThreads), IsOk());
  absl::StatusOr<SecretBytes> taken_a = SecretBytes::OfSize(128 * 1024);
  absl::StatusOr<SecretBytes> taken_b = SecretBytes::OfSize(64 * 1024);
  ASSERT_EQ(GetSecureHeapState().used, kTakenBytes);

  InProcessVault vault;
  auto outcomes = vault.ReplaceKeys(KeyFiles(2000));
  const size_t served = CountServed(outcomes);
  EXPECT_GT(served, 100u);
  ASSERT_LT(served, outcomes.size());
  // What comes first is served; what comes later is refused.
  for (size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(outcomes[i].status.ok(), i < served) << outcomes[i].status;
    EXPECT_EQ(outcomes[i].serving.has_value(), i < served);
  }
  EXPECT_THAT(
      outcomes.back().status,
      StatusIs(absl::StatusCode::kResourceExhausted,
               AllOf(StartsWith("/keys/p256-2000.key: refused: the load does "
                                "not fit in the secure heap ("),
                     HasSubstr("set keys.secure_heap_bytes higher"))));
  EXPECT_LE(GetSecureHeapState().used + SecureHeapReserveBytes(kThreads),
            kHeapBytes);
  ExpectEveryKindSigns(vault);
  EXPECT_LE(GetSecureHeapState().used + SecureHeapReserveBytes(kThreads) / 2,
            kHeapBytes);

  // A reload reads every file again. What is held is found to be the same and
  // needs no room; what did not fit still does not.
  outcomes = vault.ReplaceKeys(KeyFiles(2000));
  EXPECT_EQ(CountServed(outcomes), served);
  ExpectEveryKindSigns(vault);

  // With fewer keys there is room again.
  const int few = 5;
  vault.ReplaceKeys(KeyFiles(few));
  auto more = KeyFiles(few);
  more.push_back(TestKeyFile("new", TestKeyPem(TestKeyKind::kP256, 2001)));
  outcomes = vault.ReplaceKeys(std::move(more));
  EXPECT_EQ(CountServed(outcomes), outcomes.size());
  EXPECT_THAT(TrySigning(vault, TestPublicKey(TestKeyKind::kP256, 2001)),
              IsOk());
}

}  // namespace
}  // namespace keyhold
