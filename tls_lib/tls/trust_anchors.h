// The certification authorities that a peer's certificate must lead to.
#ifndef KEYHOLD_TLS_LIB_TLS_TRUST_ANCHORS_H_
#define KEYHOLD_TLS_LIB_TLS_TRUST_ANCHORS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold {

namespace tls_internal {
class TrustStore;
}  // namespace tls_internal

// Immutable, thread-safe; shared by any number of configurations.
class TrustAnchors {
 public:
  // The certificates in PEM text. InvalidArgument if there is none, or one
  // does not parse.
  static absl::StatusOr<std::shared_ptr<const TrustAnchors>> FromPem(
      absl::string_view pem);
  // What this machine trusts (on Debian /etc/ssl/certs), read as needed.
  // NotFound if the machine has no such directory.
  static absl::StatusOr<std::shared_ptr<const TrustAnchors>> System();

  ~TrustAnchors();
  TrustAnchors(const TrustAnchors&) = delete;
  TrustAnchors& operator=(const TrustAnchors&) = delete;

  // 32 bytes that are equal for equal sets of anchors, in every process. A
  // session ticket is bound to it.
  const std::string& fingerprint() const { return fingerprint_; }

  // For tls_lib itself.
  const tls_internal::TrustStore& store() const { return *store_; }

 private:
  TrustAnchors(std::unique_ptr<const tls_internal::TrustStore> store,
               std::string fingerprint);

  std::unique_ptr<const tls_internal::TrustStore> store_;
  std::string fingerprint_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_TLS_TRUST_ANCHORS_H_
