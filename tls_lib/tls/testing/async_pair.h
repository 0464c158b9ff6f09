// A client and a server whose keys answer when the test says.
#ifndef KEYHOLD_TLS_LIB_TLS_TESTING_ASYNC_PAIR_H_
#define KEYHOLD_TLS_LIB_TLS_TESTING_ASYNC_PAIR_H_

#include <atomic>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tls_lib/core/certified_key.h"
#include "tls_lib/core/signing_context.h"
#include "tls_lib/tls/client_config.h"
#include "tls_lib/tls/server_config.h"
#include "tls_lib/tls/testing/async_fake_key.h"
#include "tls_lib/tls/testing/test_site.h"
#include "tls_lib/tls/tls_connection.h"

namespace keyhold::tls_testing {

// A TestSite whose key is asynchronous.
struct AsyncSite {
  explicit AsyncSite(TestKeyKind kind, int index = 0);

  std::shared_ptr<const CertResolver> Resolver() const;
  std::shared_ptr<const ClientCertResolver> ClientResolver() const;

  TestSite site;
  std::shared_ptr<AsyncFakeKey> key;
  std::shared_ptr<const CertifiedKey> certified_key;
};

// One TlsConnection of a pair, and how far it is.
struct AsyncEnd {
  // Goes on with the handshake unless it has ended.
  void Step();
  bool waits_for_key() const { return state == HandshakeState::kWantSignature; }

  std::unique_ptr<TlsConnection> connection;
  std::optional<HandshakeState> state;
  absl::Status status;
  bool ended = false;
  std::atomic<int> wake_ups{0};
};

class AsyncPair {
 public:
  // Both ends have a wake-up that counts.
  AsyncPair(std::shared_ptr<const ServerConfig> server_config,
            std::shared_ptr<const ClientConfig> client_config);

  // Steps both and moves bytes until neither gets any further by itself.
  void Run();
  bool done() const {
    return client.ended && server.ended && client.status.ok() &&
           server.status.ok();
  }

  AsyncEnd client;
  AsyncEnd server;
};

}  // namespace keyhold::tls_testing

#endif  // KEYHOLD_TLS_LIB_TLS_TESTING_ASYNC_PAIR_H_
