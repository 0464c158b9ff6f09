#include "tls_lib/tls/testing/async_pair.h"

#include <string>
#include <utility>

#include "tls_lib/core/sni_cert_resolver.h"

namespace keyhold::tls_testing {
namespace {

bool Move(AsyncEnd& from, AsyncEnd& to) {
  const std::string bytes = from.connection->TakeCiphertext();
  to.connection->PushCiphertext(bytes);
  return !bytes.empty();
}

}  // namespace

AsyncSite::AsyncSite(TestKeyKind kind, int index)
    : site(kind, index),
      key(std::make_shared<AsyncFakeKey>(site.key)),
      certified_key(CertifiedKey::CreateFromPem(site.chain_pem, key).value()) {}

std::shared_ptr<const CertResolver> AsyncSite::Resolver() const {
  return SniCertResolver::Create({{"", certified_key}}).value();
}

std::shared_ptr<const ClientCertResolver> AsyncSite::ClientResolver() const {
  return std::make_shared<SingleClientCertResolver>(certified_key);
}

void AsyncEnd::Step() {
  if (ended) return;
  absl::StatusOr<HandshakeState> next = connection->Handshake();
  status = next.status();
  state = next.ok() ? std::optional(*next) : std::nullopt;
  ended = !next.ok() || *next == HandshakeState::kDone;
}

AsyncPair::AsyncPair(std::shared_ptr<const ServerConfig> server_config,
                     std::shared_ptr<const ClientConfig> client_config) {
  server.connection = TlsConnection::Server(std::move(server_config)).value();
  client.connection =
      TlsConnection::Client(std::move(client_config), "www.example.org")
          .value();
  server.connection->SetWakeUp([this] { ++server.wake_ups; });
  client.connection->SetWakeUp([this] { ++client.wake_ups; });
}

void AsyncPair::Run() {
  bool moving = true;
  while (moving) {
    client.Step();
    moving = Move(client, server);
    server.Step();
    moving = Move(server, client) || moving;
  }
}

}  // namespace keyhold::tls_testing
