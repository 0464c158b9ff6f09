// The secret numbers of a private key, for signing code that is not OpenSSL's.
// Only the signer's engines see this header; everybody else signs through
// PrivateKey.
#ifndef KEYHOLD_TLS_LIB_LOCAL_PRIVATE_KEY_ACCESS_H_
#define KEYHOLD_TLS_LIB_LOCAL_PRIVATE_KEY_ACCESS_H_

#include "absl/status/statusor.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/local/private_key.h"

namespace keyhold {

class PrivateKeyAccess {
 public:
  PrivateKeyAccess() = delete;

  // A copy of the secret as its standard writes it: the private number of an
  // EC key, big-endian, as long as its curve's coordinates (SEC 1 §2.3.7), or
  // the private key of RFC 8032 (§5.1.5, §5.2.5).
  //
  // Unimplemented for RSA, which has no one number. ResourceExhausted: the
  // secure heap is full. Internal: OpenSSL fails otherwise. Thread-safe.
  static absl::StatusOr<SecretBytes> PrivateNumber(const PrivateKey& key) {
    return key.PrivateNumber();
  }
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_LOCAL_PRIVATE_KEY_ACCESS_H_
