// One thread, many handshakes: libssl's jobs pause while the agent signs.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "openssl/async.h"
#include "tls_lib/provider/testing/loaded_module.h"
#include "tls_lib/provider/testing/module_site.h"

namespace keyhold::provider {
namespace {

// Both ends of a connection, in memory. The server's jobs may pause.
class Pair {
 public:
  Pair(SSL_CTX* server, SSL_CTX* client)
      : server_(SSL_new(server)), client_(SSL_new(client)) {
    BIO* to_server = BIO_new(BIO_s_mem());
    BIO* to_client = BIO_new(BIO_s_mem());
    BIO_up_ref(to_server);
    BIO_up_ref(to_client);
    SSL_set_bio(server_.get(), to_server, to_client);
    SSL_set_bio(client_.get(), to_client, to_server);
    SSL_set_accept_state(server_.get());
    SSL_set_connect_state(client_.get());
    SSL_set_mode(server_.get(), SSL_MODE_ASYNC);
  }

  // Goes on as far as it gets. True once the server waits for a signature.
  bool RunUntilPaused() {
    for (;;) {
      SSL_do_handshake(client_.get());
      const int result = SSL_do_handshake(server_.get());
      if (SSL_get_error(server_.get(), result) == SSL_ERROR_WANT_ASYNC) {
        return true;
      }
      if (SSL_get_error(server_.get(), result) != SSL_ERROR_WANT_READ) {
        SSL_do_handshake(client_.get());
        return false;
      }
    }
  }

  // What the server wants watched.
  int descriptor() const {
    OSSL_ASYNC_FD fd = -1;
    size_t count = 1;
    EXPECT_EQ(SSL_get_all_async_fds(server_.get(), nullptr, &count), 1);
    EXPECT_EQ(count, 1);
    SSL_get_all_async_fds(server_.get(), &fd, &count);
    return fd;
  }

  bool is_done() const {
    return SSL_is_init_finished(server_.get()) &&
           SSL_is_init_finished(client_.get());
  }

 private:
  SslPtr server_;
  SslPtr client_;
};

class KeyholdSoAsyncTest : public testing::Test {
 protected:
  // Ends when all are done.
  static void RunAll(std::vector<std::unique_ptr<Pair>>& pairs) {
    std::vector<pollfd> waiting;
    for (const auto& pair : pairs) {
      if (pair->RunUntilPaused()) {
        waiting.push_back({pair->descriptor(), POLLIN, 0});
      }
    }
    while (!waiting.empty()) {
      ASSERT_GT(poll(waiting.data(), waiting.size(), -1), 0);
      waiting.clear();
      for (const auto& pair : pairs) {
        if (!pair->is_done() && pair->RunUntilPaused()) {
          waiting.push_back({pair->descriptor(), POLLIN, 0});
        }
      }
    }
    for (const auto& pair : pairs) EXPECT_TRUE(pair->is_done());
  }

  SslCtxPtr ClientContext(int version) const {
    SslCtxPtr context(
        SSL_CTX_new_ex(module_.library(), nullptr, TLS_client_method()));
    SSL_CTX_set_max_proto_version(context.get(), version);
    return context;
  }

  ModuleSite site_;
  LoadedModule module_{site_};
};

TEST_F(KeyholdSoAsyncTest, EveryKindOfKeyPauses) {
  for (const TestKeyKind kind : GoodTestKeyKinds()) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      const SslCtxPtr server = module_.ServerContext(kind);
      const SslCtxPtr client = ClientContext(version);
      site_.agent().Hold();
      Pair pair(server.get(), client.get());
      ASSERT_TRUE(pair.RunUntilPaused()) << kind << version;
      // Resumed in vain: still waiting.
      ASSERT_TRUE(pair.RunUntilPaused());
      site_.agent().Release();
      while (pair.RunUntilPaused()) {
        pollfd polled = {pair.descriptor(), POLLIN, 0};
        ASSERT_EQ(poll(&polled, 1, -1), 1);
      }
      EXPECT_TRUE(pair.is_done()) << kind << version;
    }
  }
}

TEST_F(KeyholdSoAsyncTest, AHundredAtOnceInOneThread) {
  const SslCtxPtr server = module_.ServerContext(TestKeyKind::kP256);
  const SslCtxPtr client = ClientContext(TLS1_3_VERSION);
  site_.agent().Hold();
  std::vector<std::unique_ptr<Pair>> pairs;
  for (int i = 0; i < 100; ++i) {
    pairs.push_back(std::make_unique<Pair>(server.get(), client.get()));
    ASSERT_TRUE(pairs.back()->RunUntilPaused());
  }
  // All of them are under way before any is answered.
  site_.agent().WaitForQuestions(100);
  site_.agent().Release();
  RunAll(pairs);
}

TEST_F(KeyholdSoAsyncTest, AnAgentThatIsStuckEndsTheHandshakeInTime) {
  site_.WriteConfiguration("timeout-ms = 50");
  LoadedModule module(site_);
  const SslCtxPtr server = module.ServerContext(TestKeyKind::kP256);
  const SslCtxPtr client = ClientContext(TLS1_3_VERSION);
  site_.agent().Inject(AgentFault::kSilence);
  Pair pair(server.get(), client.get());
  while (pair.RunUntilPaused()) {
    pollfd polled = {pair.descriptor(), POLLIN, 0};
    ASSERT_EQ(poll(&polled, 1, -1), 1);
  }
  EXPECT_FALSE(pair.is_done());
}

TEST_F(KeyholdSoAsyncTest, AnAgentThatRestartsFailsNoHandshake) {
  const SslCtxPtr server = module_.ServerContext(TestKeyKind::kP256);
  const SslCtxPtr client = ClientContext(TLS1_3_VERSION);
  site_.agent().Hold();
  std::vector<std::unique_ptr<Pair>> pairs;
  for (int i = 0; i < 10; ++i) {
    pairs.push_back(std::make_unique<Pair>(server.get(), client.get()));
    ASSERT_TRUE(pairs.back()->RunUntilPaused());
    if (i < 5) site_.agent().Inject(AgentFault::kClose);
  }
  site_.agent().Release();
  site_.agent().Stop();
  site_.agent().Start();
  RunAll(pairs);
}

// The answer to a parent's question is the parent's; the child asks anew.
TEST_F(KeyholdSoAsyncTest, AForkWhileAJobIsPausedLeavesBothWithTheirOwn) {
  const SslCtxPtr server = module_.ServerContext(TestKeyKind::kP256);
  const SslCtxPtr client = ClientContext(TLS1_3_VERSION);
  site_.agent().Hold();
  Pair pair(server.get(), client.get());
  ASSERT_TRUE(pair.RunUntilPaused());
  site_.agent().WaitForQuestions(1);
  const pid_t child = fork();
  if (child == 0) {
    // Blocks: what its parent watches is not for it.
    while (pair.RunUntilPaused()) {
    }
    _exit(pair.is_done() ? 0 : 1);
  }
  site_.agent().WaitForQuestions(2);
  site_.agent().Release();
  while (pair.RunUntilPaused()) {
    pollfd polled = {pair.descriptor(), POLLIN, 0};
    ASSERT_EQ(poll(&polled, 1, -1), 1);
  }
  EXPECT_TRUE(pair.is_done());
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(site_.agent().connections(), 2);
}

}  // namespace
}  // namespace keyhold::provider
