// A stranger: plain libssl in its default library context, without any code
// of tls_lib, that writes down what it saw on the wire.
#ifndef KEYHOLD_TLS_LIB_TLS_TESTING_RAW_PEER_H_
#define KEYHOLD_TLS_LIB_TLS_TESTING_RAW_PEER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/tls/testing/endpoint.h"

namespace keyhold::tls_testing {

// Functions end the process with a message if OpenSSL fails.
struct RawContext {
  // A client that trusts `ca_pem`; a server with `chain_pem` and `key_pem`.
  static RawContext Client(absl::string_view ca_pem);
  static RawContext Server(absl::string_view chain_pem,
                           absl::string_view key_pem);

  // Each changes this context and returns it.
  RawContext& Versions(int lowest, int highest);
  RawContext& Sigalgs(absl::string_view list);
  RawContext& ClientSigalgs(absl::string_view list);
  RawContext& Groups(absl::string_view list);
  RawContext& Tls12Suites(absl::string_view list);
  RawContext& Certificate(absl::string_view chain_pem,
                          absl::string_view key_pem);
  RawContext& AskForClients(absl::string_view ca_pem);
  RawContext& Options(uint64_t options);
  RawContext& SecurityLevel(int level);
  // An ALPN list, for example "\x02h2"; for clients.
  RawContext& Alpn(absl::string_view wire_form);

  std::shared_ptr<SSL_CTX> context;
};

class RawPeer final : public Endpoint {
 public:
  // What went over the wire, as this peer saw it.
  struct Seen {
    // In ServerKeyExchange or CertificateVerify, by direction.
    std::optional<SignatureScheme> scheme_received;
    std::optional<SignatureScheme> scheme_sent;
    // Of a CertificateRequest, code points, in order.
    std::vector<uint16_t> requested_schemes;
    std::optional<int> alert_received;
    std::optional<int> alert_sent;
    int hello_retry_requests = 0;
    // The last ClientHello, with its header.
    std::string client_hello;
  };

  // `server_name`: for SNI and verification; empty: neither.
  static std::unique_ptr<RawPeer> Client(
      const RawContext& context,
      absl::string_view server_name = "www.example.org");
  static std::unique_ptr<RawPeer> Server(const RawContext& context);

  absl::StatusOr<bool> Step() override;
  void Push(absl::string_view ciphertext) override;
  std::string Take() override;
  absl::Status Write(absl::string_view bytes) override;
  absl::StatusOr<std::string> Read() override;

  SSL* ssl() { return ssl_.get(); }
  const Seen& seen() const { return seen_; }
  // The last session that a server gave to this client. (libssl does not
  // announce a ticket that a TLS 1.2 server renewed.)
  SSL_SESSION* session() const {
    return session_ != nullptr ? session_.get() : SSL_get_session(ssl_.get());
  }
  // Resumes `other`'s session.
  void Resume(const RawPeer& other);

 private:
  explicit RawPeer(const RawContext& context);

  static void OnMessage(int write, int version, int type, const void* bytes,
                        size_t size, SSL* ssl, void* peer);
  static void OnInfo(const SSL* ssl, int where, int value);
  static int OnSession(SSL* ssl, SSL_SESSION* session);
  void NoteHandshakeMessage(bool sent, absl::string_view message);
  absl::Status Failure(absl::string_view what);

  std::shared_ptr<SSL_CTX> context_;
  SslPtr ssl_;
  Seen seen_;
  std::unique_ptr<SSL_SESSION, OpensslDelete<SSL_SESSION_free>> session_;
};

}  // namespace keyhold::tls_testing

#endif  // KEYHOLD_TLS_LIB_TLS_TESTING_RAW_PEER_H_
