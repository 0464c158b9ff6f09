// What only the real service has: a process, files, signals.
#include "tests/fakes/real_signer.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/contract/contract_test.h"
#include "tests/fakes/child_process.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/base/unique_fd.h"

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

// A connection of somebody who has no certificate and says nothing.
UniqueFd BareConnection(absl::string_view endpoint) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int port = 0;
  EXPECT_TRUE(
      absl::SimpleAtoi(endpoint.substr(endpoint.rfind(':') + 1), &port));
  address.sin_port = htons(static_cast<uint16_t>(port));
  EXPECT_EQ(
      connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)),
      0);
  return fd;
}

TEST_F(RealSignerTest, OutOfDescriptorsItServesAgainOnceThereAreSome) {
  const struct rlimit few = {64, 64};
  ASSERT_EQ(prlimit(signer_.process().pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  std::vector<UniqueFd> strangers;
  for (int i = 0; i < 120; ++i) {
    strangers.push_back(BareConnection(signer_.endpoint()));
  }
  EXPECT_TRUE(signer_.process().WaitForLine([](absl::string_view line) {
    return absl::StrContains(line, "\"event\":\"accept_failed\"");
  }));
  strangers.clear();
  EXPECT_THAT(client_->Sign(request_), IsOk());
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
