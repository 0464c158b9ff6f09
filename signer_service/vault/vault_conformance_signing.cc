// What a vault signs: every kind of key, scheme and form, checked by OpenSSL.
#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "gmock/gmock.h"
#include "signer_service/vault/vault_conformance.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;

std::string Context(TestKeyKind kind, SignatureScheme scheme) {
  return absl::StrCat(TestKeyKindName(kind), " ", SchemeName(scheme));
}

std::vector<KeyFile> OneFile(TestKeyKind kind) {
  std::vector<KeyFile> files;
  files.push_back(TestKeyFile("www", TestKeyPem(kind)));
  return files;
}

std::string Tls13Content(Role role) {
  return *AssembleTls13CertificateVerify({role, std::string(32, 'h')});
}

// Calls `test` for every kind of key and every scheme that there is.
void ForEachKeyAndScheme(Vault& vault,
                         const std::function<void(TestKeyKind, const PublicKey&,
                                                  const SchemeInfo&)>& test) {
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    ASSERT_THAT(vault.ReplaceKeys(OneFile(kind))[0].status, IsOk());
    const PublicKey key = TestPublicKey(kind);
    for (const SchemeInfo& scheme : AllSchemes()) test(kind, key, scheme);
  }
}

TEST_P(VaultConformanceTest, SignsTls13CertificateVerifyOfBothRoles) {
  ForEachKeyAndScheme(*vault_, [this](TestKeyKind kind, const PublicKey& key,
                                      const SchemeInfo& info) {
    if (!key.CanMake(info.scheme, TlsVersion::kTls13)) return;
    auto server = SignOne(
        *vault_, Tls13Request(key, info.scheme, signer::v1::ROLE_SERVER));
    ASSERT_THAT(server, IsOk()) << Context(kind, info.scheme);
    EXPECT_THAT(key.Verify(info.scheme, Tls13Content(Role::kServer), *server),
                IsOk());
    auto client = SignOne(
        *vault_, Tls13Request(key, info.scheme, signer::v1::ROLE_CLIENT));
    ASSERT_THAT(client, IsOk()) << Context(kind, info.scheme);
    EXPECT_THAT(key.Verify(info.scheme, Tls13Content(Role::kClient), *client),
                IsOk());
  });
}

TEST_P(VaultConformanceTest, SignsTls12ServerKeyExchange) {
  ForEachKeyAndScheme(*vault_, [this](TestKeyKind kind, const PublicKey& key,
                                      const SchemeInfo& info) {
    if (!key.CanMake(info.scheme, TlsVersion::kTls12)) return;
    auto signature = SignOne(*vault_, Tls12ServerRequest(key, info.scheme));
    ASSERT_THAT(signature, IsOk()) << Context(kind, info.scheme);
    Tls12ServerKeyExchangeContent content;
    content.client_random = std::string(32, 'c');
    content.server_random = std::string(32, 's');
    content.curve = 23;
    content.public_point = P256Point();
    EXPECT_THAT(
        key.Verify(info.scheme, *AssembleTls12ServerKeyExchange(content),
                   *signature),
        IsOk());
  });
}

TEST_P(VaultConformanceTest, SignsTls12CertificateVerify) {
  ForEachKeyAndScheme(*vault_, [this](TestKeyKind kind, const PublicKey& key,
                                      const SchemeInfo& info) {
    if (!key.CanMake(info.scheme, TlsVersion::kTls12)) return;
    const std::string der = PemToDer(SelfSignedTestCert(TestKeyPem(kind)));
    auto signature =
        SignOne(*vault_, Tls12ClientRequest(key, info.scheme, der));
    ASSERT_THAT(signature, IsOk()) << Context(kind, info.scheme);
    EXPECT_THAT(key.Verify(info.scheme, TestTls12Transcript(der), *signature),
                IsOk());
  });
}

TEST_P(VaultConformanceTest, SignsMessagesIncludingTheEmptyOne) {
  ForEachKeyAndScheme(*vault_, [this](TestKeyKind kind, const PublicKey& key,
                                      const SchemeInfo& info) {
    if (!key.CanMake(info.scheme, TlsVersion::kTls12)) return;
    for (const std::string& message :
         {std::string(), std::string(60000, 'm')}) {
      auto signature =
          SignOne(*vault_, MessageRequest(key, info.scheme, message));
      ASSERT_THAT(signature, IsOk()) << Context(kind, info.scheme);
      EXPECT_THAT(key.Verify(info.scheme, message, *signature), IsOk());
    }
  });
}

TEST_P(VaultConformanceTest, SignsDigestsOfTheSchemesOwnHash) {
  ForEachKeyAndScheme(*vault_, [this](TestKeyKind kind, const PublicKey& key,
                                      const SchemeInfo& info) {
    if (!key.CanMake(info.scheme, TlsVersion::kTls12) ||
        info.hash == HashAlgorithm::kNone) {
      return;
    }
    const auto hash =
        static_cast<signer::v1::Hash>(static_cast<int>(info.hash));
    const std::string digest(DigestSize(info.hash), 'd');
    auto signature =
        SignOne(*vault_, DigestRequest(key, info.scheme, hash, digest));
    ASSERT_THAT(signature, IsOk()) << Context(kind, info.scheme);
    EXPECT_THAT(key.VerifyDigest(info.scheme, digest, *signature), IsOk());
  });
}

TEST_P(VaultConformanceTest, ResultsAreInOrderAndAFailureIsItsOwn) {
  vault_->ReplaceKeys(OneFile(TestKeyKind::kEd25519));
  const PublicKey key = TestPublicKey(TestKeyKind::kEd25519);
  std::vector<SignJob> jobs(3);
  jobs[0].request = MessageRequest(key, SignatureScheme::kEd25519, "first");
  jobs[1].request = MessageRequest(key, SignatureScheme::kEd448, "second");
  jobs[2].request = MessageRequest(key, SignatureScheme::kEd25519, "third");
  std::vector<absl::StatusOr<std::string>> results =
      SignAll(*vault_, std::move(jobs));
  ASSERT_EQ(results.size(), 3u);
  ASSERT_THAT(results[0], IsOk());
  EXPECT_THAT(key.Verify(SignatureScheme::kEd25519, "first", *results[0]),
              IsOk());
  EXPECT_FALSE(results[1].ok());
  ASSERT_THAT(results[2], IsOk());
  EXPECT_THAT(key.Verify(SignatureScheme::kEd25519, "third", *results[2]),
              IsOk());
}

TEST_P(VaultConformanceTest, OneBatchHasKeysAndFormsOfEveryKind) {
  std::vector<KeyFile> files;
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    files.push_back(TestKeyFile(TestKeyKindName(kind), TestKeyPem(kind)));
  }
  vault_->ReplaceKeys(std::move(files));
  std::vector<SignJob> jobs;
  // Who verifies each: nobody what is refused.
  std::vector<std::optional<PublicKey>> keys;
  const auto add = [&](SignRequest request, std::optional<PublicKey> key) {
    jobs.emplace_back();
    jobs.back().request = std::move(request);
    keys.push_back(std::move(key));
  };
  for (int round = 0; round < 4; ++round) {
    for (TestKeyKind kind : GoodTestKeyKinds()) {
      const PublicKey key = TestPublicKey(kind);
      const SignatureScheme scheme = key.DefaultPreferences().front();
      add(Tls13Request(key, scheme, signer::v1::ROLE_SERVER), key);
      add(MessageRequest(key, scheme, Tls13Content(Role::kServer)), key);
      add(MessageRequest(key, SignatureScheme{}, "m"), std::nullopt);
    }
  }
  const std::vector<absl::StatusOr<std::string>> results =
      SignAll(*vault_, std::move(jobs));
  ASSERT_EQ(results.size(), keys.size());
  for (size_t i = 0; i < results.size(); ++i) {
    ASSERT_EQ(results[i].ok(), keys[i].has_value()) << results[i].status();
    if (!results[i].ok()) continue;
    EXPECT_THAT(keys[i]->Verify(keys[i]->DefaultPreferences().front(),
                                Tls13Content(Role::kServer), *results[i]),
                IsOk());
  }
}

TEST_P(VaultConformanceTest, AnAnswerHasAtMostEightExpensiveSignatures) {
  vault_->ReplaceKeys(OneFile(TestKeyKind::kRsa2048));
  const PublicKey key = TestPublicKey(TestKeyKind::kRsa2048);
  constexpr size_t kJobs = 30;
  std::vector<SignJob> jobs(kJobs);
  for (SignJob& job : jobs) {
    job.request = MessageRequest(key, key.DefaultPreferences().front(), "m");
  }
  std::atomic<size_t> largest{0};
  absl::BlockingCounter unanswered(kJobs);
  vault_->Sign(std::move(jobs), [&](std::vector<JobResult> some) {
    largest = std::max(largest.load(), some.size());
    for (const JobResult& result : some) {
      EXPECT_THAT(result.signature, IsOk());
      unanswered.DecrementCount();
    }
  });
  unanswered.Wait();
  EXPECT_LE(largest, Vault::kMaxSlowResults);
}

TEST_P(VaultConformanceTest, CancelledIsNotSigned) {
  vault_->ReplaceKeys(OneFile(TestKeyKind::kP256));
  const PublicKey key = TestPublicKey(TestKeyKind::kP256);
  std::vector<SignJob> jobs(2);
  for (SignJob& job : jobs) {
    job.request = MessageRequest(key, key.DefaultPreferences().front(), "m");
  }
  jobs[0].cancelled = std::make_shared<std::atomic<bool>>(true);
  jobs[1].cancelled = std::make_shared<std::atomic<bool>>(false);
  const auto results = SignAll(*vault_, std::move(jobs));
  EXPECT_THAT(results[0], StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(GetReason(results[0].status()), ErrorReason::kCancelled);
  EXPECT_THAT(results[1], IsOk());
}

TEST_P(VaultConformanceTest, EveryKeyTypeHasAnEngineWithAName) {
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    EXPECT_NE(vault_->EngineName(TestPublicKey(kind).type()), "");
  }
}

TEST_P(VaultConformanceTest, EmptyBatchIsDoneToo) {
  EXPECT_TRUE(SignAll(*vault_, {}).empty());
}

TEST_P(VaultConformanceTest, ThreadsSignWhileKeysAreReplaced) {
  vault_->ReplaceKeys(OneFile(TestKeyKind::kEd25519));
  const PublicKey key = TestPublicKey(TestKeyKind::kEd25519);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        auto signature = SignOne(
            *vault_, MessageRequest(key, SignatureScheme::kEd25519, "m"));
        if (!signature.ok() ||
            !key.Verify(SignatureScheme::kEd25519, "m", *signature).ok()) {
          ++wrong;
        }
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    std::vector<KeyFile> files = OneFile(TestKeyKind::kEd25519);
    files.push_back(
        TestKeyFile("other", TestKeyPem(TestKeyKind::kP256, i % 2)));
    vault_->ReplaceKeys(std::move(files));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace keyhold
