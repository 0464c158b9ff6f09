// Handshakes that nobody waits for any more: they leave nothing behind.
#include <malloc.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/tls/internal/fiber_stack.h"
#include "tls_lib/tls/testing/async_pair.h"
#include "tls_lib/tls/tls_connection.h"

namespace keyhold {
namespace {

using tls_internal::FiberStack;
using tls_testing::AsyncPair;
using tls_testing::AsyncSite;
using tls_testing::Built;
using tls_testing::SiteAnchors;
using tls_testing::TestClient;

class AsyncAbandonTest : public testing::TestWithParam<TlsVersion> {
 protected:
  AsyncAbandonTest() {
    server_site_.key->AskForSchemes(true);
    client_site_.key->AskForSchemes(true);
    ServerConfig::Builder server(server_site_.Resolver());
    server.SetVersions(GetParam(), GetParam());
    server.SetClientAuthentication(ClientAuthentication::kRequired,
                                   SiteAnchors());
    server_config_ = Built(server);
    ClientConfig::Builder client = TestClient();
    client.SetClientCertResolver(client_site_.ClientResolver());
    client.SetSessionCacheSize(0);
    client_config_ = Built(client);
  }

  std::unique_ptr<AsyncPair> NewPair() {
    return std::make_unique<AsyncPair>(server_config_, client_config_);
  }
  bool AnswerOne() {
    return server_site_.key->Answer() || client_site_.key->Answer();
  }
  int waiting() {
    return server_site_.key->waiting() + client_site_.key->waiting();
  }
  // Starts a pair, and answers `count` times. False if that is too often.
  bool Advance(AsyncPair& pair, int count) {
    pair.Run();
    for (int i = 0; i < count; ++i) {
      if (!AnswerOne()) return false;
      pair.Run();
    }
    return true;
  }

  AsyncSite server_site_{TestKeyKind::kP256};
  AsyncSite client_site_{TestKeyKind::kP256, 1};
  std::shared_ptr<const ServerConfig> server_config_;
  std::shared_ptr<const ClientConfig> client_config_;
};

// The server's scheme and signature, the client's scheme and signature.
constexpr int kQuestions = 4;

TEST_P(AsyncAbandonTest, AtEveryPointBeforeTheAnswer) {
  for (int answered = 0; answered < kQuestions; ++answered) {
    SCOPED_TRACE(answered);
    auto pair = NewPair();
    ASSERT_TRUE(Advance(*pair, answered));
    ASSERT_EQ(waiting(), 1);
    pair.reset();
    EXPECT_EQ(waiting(), 0);
    EXPECT_EQ(FiberStack::InUse(), 0u);
  }
  EXPECT_EQ(server_site_.key->cancelled() + client_site_.key->cancelled(),
            kQuestions);
}

TEST_P(AsyncAbandonTest, AtEveryPointAfterTheAnswer) {
  for (int answered = 0; answered <= kQuestions; ++answered) {
    SCOPED_TRACE(answered);
    auto pair = NewPair();
    ASSERT_TRUE(Advance(*pair, answered));
    AnswerOne();  // nobody goes on
    pair.reset();
    EXPECT_EQ(waiting(), 0);
    EXPECT_EQ(FiberStack::InUse(), 0u);
  }
}

TEST_P(AsyncAbandonTest, AtEveryPointOnAnotherThread) {
  for (int answered = 0; answered < kQuestions; ++answered) {
    auto pair = NewPair();
    ASSERT_TRUE(Advance(*pair, answered));
    std::thread([&pair] { pair.reset(); }).join();
    EXPECT_EQ(FiberStack::InUse(), 0u);
  }
}

// The answer and the end race.
TEST_P(AsyncAbandonTest, WhileTheAnswerComes) {
  for (int round = 0; round < 200; ++round) {
    auto pair = NewPair();
    ASSERT_TRUE(Advance(*pair, round % kQuestions));
    absl::Notification go;
    std::thread answerer([&] {
      go.WaitForNotification();
      AnswerOne();
    });
    go.Notify();
    pair.reset();
    answerer.join();
    ASSERT_EQ(waiting(), 0);
    ASSERT_EQ(FiberStack::InUse(), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, AsyncAbandonTest,
                         testing::Values(TlsVersion::kTls12,
                                         TlsVersion::kTls13),
                         [](const auto& info) {
                           return info.param == TlsVersion::kTls12 ? "Tls12"
                                                                   : "Tls13";
                         });

// In bytes.
size_t ResidentMemory() {
  size_t total = 0;
  size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

class AsyncCrowdTest : public testing::Test {
 protected:
  void Start(int count) {
    for (int i = 0; i < count; ++i) {
      crowd_.push_back(
          std::make_unique<AsyncPair>(server_config_, client_config_));
      crowd_.back()->Run();
      ASSERT_TRUE(crowd_.back()->server.waits_for_key());
    }
  }

  AsyncSite site_{TestKeyKind::kP256};
  std::shared_ptr<const ServerConfig> server_config_ =
      Built(ServerConfig::Builder(site_.Resolver())
                .SetSignatureTimeout(absl::Hours(1)));
  std::shared_ptr<const ClientConfig> client_config_ =
      Built(TestClient().SetSessionCacheSize(0));
  std::vector<std::unique_ptr<AsyncPair>> crowd_;
};

TEST_F(AsyncCrowdTest, ThousandsWaitOnOneThreadAndAllEnd) {
  constexpr int kCount = 2500;
  Start(kCount);
  EXPECT_EQ(site_.key->waiting(), kCount);
  EXPECT_EQ(FiberStack::InUse(), kCount);
  site_.key->AnswerAll();
  for (auto& pair : crowd_) {
    pair->Run();
    ASSERT_TRUE(pair->done()) << pair->server.status;
  }
  EXPECT_EQ(FiberStack::InUse(), 0u);
}

TEST_F(AsyncCrowdTest, FourThousandAbandonedLeaveMemoryAsItWas) {
  constexpr int kBatch = 1000;
  // What grows once: caches, arenas, the stacks that are kept.
  Start(kBatch);
  crowd_.clear();
  malloc_trim(0);
  const size_t heap_before = mallinfo2().uordblks;
  const size_t resident_before = ResidentMemory();
  for (int batch = 0; batch < 4; ++batch) {
    Start(kBatch);
    crowd_.clear();
    EXPECT_EQ(FiberStack::InUse(), 0u);
    EXPECT_LE(FiberStack::Kept(), FiberStack::kSpare);
  }
  EXPECT_EQ(site_.key->waiting(), 0);
  EXPECT_EQ(site_.key->cancelled(), 5 * kBatch);
  malloc_trim(0);
  // A leak of 100 bytes in each would show. (0 under the sanitizers, which
  // find leaks themselves.)
  EXPECT_LE(mallinfo2().uordblks, heap_before + 400'000);
#if !defined(__SANITIZE_ADDRESS__)
  // The pages of a fiber are 8 KiB: 4,000 would be 32 MiB.
  EXPECT_LE(ResidentMemory(), resident_before + (16 << 20));
#else
  (void)resident_before;
#endif
}

}  // namespace
}  // namespace keyhold
