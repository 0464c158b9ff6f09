// A new private key for `keyhold init`.
#ifndef KEYHOLD_CLI_DEVELOPMENT_GENERATED_KEY_H_
#define KEYHOLD_CLI_DEVELOPMENT_GENERATED_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/core/key_type.h"

namespace keyhold {

// Immutable; movable. Thread-safe for reading.
class GeneratedKey {
 public:
  // RSA keys have 2048 bits. Internal if OpenSSL cannot make the key.
  static absl::StatusOr<GeneratedKey> Create(KeyType type);

  // PKCS#8 in PEM (RFC 5958), not encrypted.
  absl::StatusOr<SecretBytes> ToPem() const;

  // SubjectPublicKeyInfo in PEM (RFC 7468 §13).
  absl::StatusOr<std::string> ToPublicPem() const;

  // Owned by this object. OpenSSL wants it without const even for reading.
  EVP_PKEY* pkey() const { return pkey_.get(); }

 private:
  explicit GeneratedKey(EvpPkeyPtr pkey) : pkey_(std::move(pkey)) {}

  EvpPkeyPtr pkey_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DEVELOPMENT_GENERATED_KEY_H_
