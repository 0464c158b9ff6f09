// What only the real service has: a process, files, signals.
#include "tests/fakes/real_signer.h"

#include <signal.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/contract/contract_test.h"
#include "tests/fakes/child_process.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr SignatureScheme kP256 = SignatureScheme::kEcdsaSecp256r1Sha256;

class RealSignerTest : public testing::Test {
 protected:
  RealSignerTest()
      : signer_({ContractKey("www", TestKeyKind::kP256)}),
        client_(*SignerClient::Create(signer_.ClientOptions())) {}

  // Counts signatures that other threads make.
  class Count {
   public:
    void Add() {
      absl::MutexLock lock(&mutex_);
      ++count_;
    }
    // Returns when 20 more have been made.
    void WaitForMore() {
      absl::MutexLock lock(&mutex_);
      const int enough = count_ + 20;
      const auto has_enough = [this, enough]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(
                                  mutex_) { return count_ >= enough; };
      mutex_.Await(absl::Condition(&has_enough));
    }

   private:
    absl::Mutex mutex_;
    int count_ ABSL_GUARDED_BY(mutex_) = 0;
  };

  RealSigner signer_;
  std::shared_ptr<SignerClient> client_;
  const signer::v1::SignRequest request_ =
      Tls13RequestFor(PublicKeyOf(TestKeyKind::kP256), kP256);
};

TEST_F(RealSignerTest, KilledAndRestartedUnderCallsFailsNoCall) {
  std::atomic<bool> done{false};
  Count signed_count;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      while (!done) {
        EXPECT_THAT(client_->Sign(request_), IsOk());
        signed_count.Add();
      }
    });
  }
  for (int i = 0; i < 3; ++i) {
    signed_count.WaitForMore();
    signer_.Kill();
    signer_.Start();
  }
  signed_count.WaitForMore();
  done = true;
  for (std::thread& caller : callers) caller.join();
}

TEST_F(RealSignerTest, StoppedInOrderAndRestartedUnderCallsFailsNoCall) {
  std::atomic<bool> done{false};
  Count signed_count;
  std::thread caller([&] {
    while (!done) {
      EXPECT_THAT(client_->Sign(request_), IsOk());
      signed_count.Add();
    }
  });
  for (int i = 0; i < 3; ++i) {
    signed_count.WaitForMore();
    signer_.Stop();
    signer_.Start();
  }
  done = true;
  caller.join();
}

TEST_F(RealSignerTest, TerminatesWithZeroAndSaysSo) {
  EXPECT_THAT(client_->Sign(request_), IsOk());
  signer_.process().Signal(SIGTERM);
  EXPECT_EQ(signer_.process().WaitForExit(), 0);
  EXPECT_TRUE(signer_.process().WaitForLine([](absl::string_view line) {
    return absl::StrContains(line, "\"event\":\"stop\"");
  }));
}

TEST_F(RealSignerTest, LocalSocketKnowsItsCallerByUid) {
  SignerClientOptions options;
  options.endpoints = {signer_.local_endpoint()};
  options.default_timeout = absl::Seconds(60);
  auto local = SignerClient::Create(options);
  ASSERT_THAT(local, IsOk());
  // The rule of this test allows every identity, a uid too.
  EXPECT_THAT((*local)->Sign(request_), IsOk());
  FakeRule rule;
  rule.identity = kWebIdentity;
  signer_.SetRules({rule});
  EXPECT_THAT((*local)->Sign(request_), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(RealSignerTest, RefusesToStartWithAnExpiredTransportCertificate) {
  signer_.Stop();
  signer_.pki().IssueServer(Expired({}));
  signer_.WriteConfig();
  ChildProcess process({RunfilePath("signer_service/keyhold-signer"),
                        "--config", signer_.folder().PathOf("signer.yaml")});
  EXPECT_EQ(process.WaitForExit(), 1);
  process.WaitForLine([](absl::string_view) { return false; });
  EXPECT_THAT(process.output(),
              AllOf(HasSubstr("signer-transport.crt"), HasSubstr("expired")));
}

TEST_F(RealSignerTest, LogHoldsNoSecretsOfRefusedRequests) {
  signer::v1::SignRequest request = request_;
  request.set_message("the words of a stranger");
  EXPECT_THAT(client_->Sign(request),
              StatusIs(absl::StatusCode::kPermissionDenied));
  ASSERT_TRUE(signer_.process().WaitForLine([](absl::string_view line) {
    return absl::StrContains(line, "\"event\":\"refused\"");
  }));
  EXPECT_THAT(signer_.process().output(),
              AllOf(HasSubstr(kWebIdentity), Not(HasSubstr("stranger")),
                    Not(HasSubstr("BEGIN"))));
}

}  // namespace
}  // namespace keyhold
