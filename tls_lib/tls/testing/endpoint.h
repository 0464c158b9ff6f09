// One end of a TLS connection in memory, ours or a stranger's.
#ifndef KEYHOLD_TLS_LIB_TLS_TESTING_ENDPOINT_H_
#define KEYHOLD_TLS_LIB_TLS_TESTING_ENDPOINT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/tls/tls_connection.h"

namespace keyhold::tls_testing {

class Endpoint {
 public:
  virtual ~Endpoint() = default;
  // Goes on with the handshake; true when it is done.
  virtual absl::StatusOr<bool> Step() = 0;
  virtual void Push(absl::string_view ciphertext) = 0;
  virtual std::string Take() = 0;
  virtual absl::Status Write(absl::string_view bytes) = 0;
  // Whatever can be read now; empty if that is nothing.
  virtual absl::StatusOr<std::string> Read() = 0;
};

// A TlsConnection as an Endpoint.
class OurEnd final : public Endpoint {
 public:
  // Both end the process with a message on failure.
  static OurEnd Server(std::shared_ptr<const ServerConfig> config);
  static OurEnd Client(std::shared_ptr<const ClientConfig> config,
                       absl::string_view server_name = "www.example.org");

  absl::StatusOr<bool> Step() override;
  void Push(absl::string_view ciphertext) override;
  std::string Take() override;
  absl::Status Write(absl::string_view bytes) override;
  absl::StatusOr<std::string> Read() override;

  TlsConnection& connection() { return *connection_; }
  // Of a finished handshake.
  const HandshakeFacts& facts() const { return *connection_->facts(); }

 private:
  explicit OurEnd(std::unique_ptr<TlsConnection> connection)
      : connection_(std::move(connection)) {}

  std::unique_ptr<TlsConnection> connection_;
};

struct HandshakeOutcome {
  absl::Status client;
  absl::Status server;

  bool ok() const { return client.ok() && server.ok(); }
};

// For messages of failed assertions.
std::ostream& operator<<(std::ostream& os, const HandshakeOutcome& outcome);

// Runs both ends until each is done or has failed, and then moves what is left
// of alerts and tickets. An end that waits for ever counts as failed.
HandshakeOutcome RunHandshake(Endpoint& client, Endpoint& server);

// Moves all ciphertext that waits, both ways, once.
void Exchange(Endpoint& a, Endpoint& b);

// Sends a line each way and compares what arrives.
absl::Status CheckDataFlows(Endpoint& a, Endpoint& b);

}  // namespace keyhold::tls_testing

#endif  // KEYHOLD_TLS_LIB_TLS_TESTING_ENDPOINT_H_
