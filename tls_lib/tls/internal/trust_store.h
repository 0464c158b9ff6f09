// TrustAnchors in the form that libssl takes.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_TRUST_STORE_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_TRUST_STORE_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold::tls_internal {

using X509StorePtr =
    std::unique_ptr<X509_STORE, OpensslDelete<X509_STORE_free>>;

// Immutable, thread-safe: libcrypto locks the store where it reads files.
class TrustStore {
 public:
  // Each certificate is an anchor, self-signed or not.
  static absl::StatusOr<std::unique_ptr<const TrustStore>> FromCertificates(
      std::vector<X509Ptr> certificates);
  static absl::StatusOr<std::unique_ptr<const TrustStore>> System();

  // Makes `context` trust these anchors and no others.
  absl::Status ApplyTo(SSL_CTX* context) const;
  // Makes a server name these anchors in its CertificateRequest, so that
  // clients find a fitting certificate. Not for System's.
  absl::Status NameIn(SSL_CTX* context) const;

 private:
  explicit TrustStore(X509StorePtr store) : store_(std::move(store)) {}

  X509StorePtr store_;
  std::vector<X509Ptr> certificates_;  // empty for System
};

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_TRUST_STORE_H_
