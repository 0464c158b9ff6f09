// A certificate chain and the key for its leaf.
#ifndef KEYHOLD_TLS_LIB_CORE_CERTIFIED_KEY_H_
#define KEYHOLD_TLS_LIB_CORE_CERTIFIED_KEY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "tls_lib/core/signing_key.h"

namespace keyhold {

// Splits PEM text into DER certificates, in order. InvalidArgument if there
// is no CERTIFICATE block, or one that is not base64 of a certificate; other
// blocks are skipped.
absl::StatusOr<std::vector<std::string>> ParsePemCertificates(
    absl::string_view pem);

// Immutable, thread-safe. The chain and the key cannot disagree.
class CertifiedKey {
 public:
  // `chain_der`: DER certificates, leaf first, as they will be sent.
  //
  // InvalidArgument: empty chain, a certificate that does not parse, or a
  // leaf whose public key is not `key`'s.
  static absl::StatusOr<std::shared_ptr<const CertifiedKey>> Create(
      std::vector<std::string> chain_der,
      std::shared_ptr<const SigningKey> key);
  // The same from PEM text.
  static absl::StatusOr<std::shared_ptr<const CertifiedKey>> CreateFromPem(
      absl::string_view chain_pem, std::shared_ptr<const SigningKey> key);

  absl::Span<const std::string> chain_der() const { return chain_der_; }
  const SigningKey& key() const { return *key_; }
  // dNSName entries of the leaf's subjectAltName, lower case.
  absl::Span<const std::string> dns_names() const { return dns_names_; }
  absl::Time not_before() const { return not_before_; }
  // An expired certificate is served all the same, as nginx does; whoever
  // loads one warns.
  absl::Time not_after() const { return not_after_; }

 private:
  CertifiedKey() = default;

  std::vector<std::string> chain_der_;
  std::shared_ptr<const SigningKey> key_;
  std::vector<std::string> dns_names_;
  absl::Time not_before_;
  absl::Time not_after_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_CERTIFIED_KEY_H_
