// Decides which certificate a handshake uses.
#ifndef KEYHOLD_TLS_LIB_CORE_CERT_RESOLVER_H_
#define KEYHOLD_TLS_LIB_CORE_CERT_RESOLVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tls_lib/core/certified_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold {

// What a resolver may see of a ClientHello (RFC 8446 §4.1.2).
struct ClientHello {
  // server_name as sent, lower case (RFC 6066 §3). Empty if absent.
  std::string server_name;
  // What this handshake will negotiate.
  TlsVersion version = TlsVersion::kTls13;
  // signature_algorithms as sent, GREASE and unknown points included.
  std::vector<SignatureScheme> signature_schemes;
  // Protocol names of ALPN, as sent (RFC 7301).
  std::vector<std::string> alpn_protocols;
};

// The certificates for one name, best first. The first whose key can make an
// offered scheme is served.
struct Resolution {
  // The entry's own name ("*.example.org"), for SigningContext.server_name:
  // never the raw name that a stranger chose.
  std::string entry_name;
  std::vector<std::shared_ptr<const CertifiedKey>> candidates;
};

// Implementations are thread-safe and never block: they run inside a
// handshake callback.
class CertResolver {
 public:
  virtual ~CertResolver() = default;
  // NotFound if no certificate is for this name: the alert is
  // unrecognized_name. The result has at least one candidate.
  virtual absl::StatusOr<std::shared_ptr<const Resolution>> Resolve(
      const ClientHello& hello) const = 0;
};

// What a client certificate is asked for with (RFC 8446 §4.3.2).
struct CertificateRequest {
  // The server that asks, as the client named it.
  std::string server_name;
  TlsVersion version = TlsVersion::kTls13;
  // signature_algorithms as the server sent them.
  std::vector<SignatureScheme> signature_schemes;
  // DER distinguished names of acceptable CAs; empty: any.
  std::vector<std::string> acceptable_cas;
};

// The client's side. Thread-safe; never blocks.
class ClientCertResolver {
 public:
  virtual ~ClientCertResolver() = default;
  // Null: go on without a certificate.
  virtual std::shared_ptr<const CertifiedKey> Resolve(
      const CertificateRequest& request) const = 0;
};

// Always the same certificate, whatever CAs the server names.
class SingleClientCertResolver final : public ClientCertResolver {
 public:
  explicit SingleClientCertResolver(std::shared_ptr<const CertifiedKey> key)
      : key_(std::move(key)) {}
  std::shared_ptr<const CertifiedKey> Resolve(
      const CertificateRequest& request) const override;

 private:
  std::shared_ptr<const CertifiedKey> key_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_CERT_RESOLVER_H_
