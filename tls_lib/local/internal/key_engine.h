// A private key as OpenSSL holds it, behind one question.
#ifndef KEYHOLD_TLS_LIB_LOCAL_INTERNAL_KEY_ENGINE_H_
#define KEYHOLD_TLS_LIB_LOCAL_INTERNAL_KEY_ENGINE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold::internal {

// Immutable, thread-safe.
class KeyEngine {
 public:
  virtual ~KeyEngine() = default;

  // Signs `input`: the message for a scheme without a hash, else its digest,
  // of the right size. The caller has checked that the key makes `scheme`.
  // ResourceExhausted if the secure heap is full; Internal if OpenSSL fails
  // otherwise.
  virtual absl::StatusOr<std::string> Sign(const SchemeInfo& scheme,
                                           absl::string_view input) const = 0;

  // The secret as its standard writes it: the private number of an EC key,
  // big-endian, as long as the order of its curve (SEC 1 §2.3.7), or the
  // private key of RFC 8032. Unimplemented for RSA. Other errors as Sign.
  virtual absl::StatusOr<SecretBytes> PrivateNumber() const {
    return absl::UnimplementedError("an RSA key has no one private number");
  }
};

struct ParsedPrivateKey {
  // DER SubjectPublicKeyInfo of the public half.
  std::string spki;
  std::unique_ptr<KeyEngine> engine;
};

}  // namespace keyhold::internal

#endif  // KEYHOLD_TLS_LIB_LOCAL_INTERNAL_KEY_ENGINE_H_
