// What a private key of the keyhold provider is: a public key, and somebody
// to ask for signatures.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_KEY_REFERENCE_H_
#define KEYHOLD_TLS_LIB_PROVIDER_KEY_REFERENCE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/provider/public_half.h"

namespace keyhold::provider {

// In-process TLS makes one for each handshake, around that handshake's
// Signer: so libcrypto's calls find their connection, its deadline and the
// place for its errors by themselves, with no thread-local variable, and a
// handshake may move between threads. What is costly (the public half) is
// shared, and comparing it with the certificate's costs libcrypto no
// conversion: see KeyManagementAlgorithms' match function. A TLS 1.3 server's
// handshake costs 0 to 5% more CPU than with a plain local key
// (//tls_lib/tls:handshake_benchmark).
//
// Implementations are thread-safe.
class KeyReference {
 public:
  virtual ~KeyReference() = default;

  virtual const PublicHalf& public_half() const = 0;

  // Signs `message`, which is not hashed. `scheme` is what libcrypto's caller
  // asked for by digest and padding; for an ECDSA key it names the hash
  // alone. Any error makes libcrypto's call fail; whoever needs the status
  // itself keeps it in the implementation.
  virtual absl::StatusOr<std::string> Sign(SignatureScheme scheme,
                                           absl::string_view message) = 0;

  // The same for a digest that libcrypto's caller computed; not for EdDSA.
  // TLS never asks for it. FailedPrecondition: signs whole messages only.
  virtual absl::StatusOr<std::string> SignDigest(SignatureScheme scheme,
                                                 absl::string_view digest);
};

inline absl::StatusOr<std::string> KeyReference::SignDigest(SignatureScheme,
                                                            absl::string_view) {
  return absl::FailedPreconditionError("this key signs whole messages only");
}

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_KEY_REFERENCE_H_
