// Reads private keys and signs with them, in this process. Used by
// LocalSigningKey and by the signer's in-process vault; nothing else holds
// private keys.
#ifndef KEYHOLD_TLS_LIB_LOCAL_PRIVATE_KEY_H_
#define KEYHOLD_TLS_LIB_LOCAL_PRIVATE_KEY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

class PrivateKeyAccess;

// An immutable private key. Thread-safe; movable, not copyable.
//
// Its secret numbers live in OpenSSL's secure heap if the process has one, and
// no other copy of them outlives a call, with one exception that is OpenSSL's
// own: once an RSA key has signed, its two primes stand in Montgomery contexts
// on the ordinary heap too, until the key is destroyed and they are wiped.
// (Without those contexts each signature would take twice as long.)
//
// A P-256 key takes about 5 KB, its public half included, and about 50
// microseconds to parse.
class PrivateKey {
 public:
  // Reads PKCS#8 (RSA, RSA-PSS, EC, Ed25519, Ed448), PKCS#1 RSA or SEC1 EC;
  // PEM or DER. In PEM, other blocks beside the key (certificates, EC
  // parameters) are skipped.
  //
  // InvalidArgument says what is wrong and what to do: empty, not a key, two
  // keys, encrypted PKCS#8, RSA below 2048 or above 8192 bits or with more than
  // two primes, an unlisted curve, explicit curve parameters, a private number
  // that does not belong to its public one, trailing bytes. ResourceExhausted:
  // the secure heap is full.
  static absl::StatusOr<PrivateKey> Parse(const SecretBytes& encoded);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  const PublicKey& public_key() const;

  // Signs `message`, which is not hashed. InvalidArgument if the key cannot
  // make `scheme` in either version of TLS; ResourceExhausted if the secure
  // heap is full; Internal if OpenSSL fails otherwise.
  absl::StatusOr<std::string> Sign(SignatureScheme scheme,
                                   absl::string_view message) const;
  // Signs a digest that the caller computed. InvalidArgument also for EdDSA
  // and for a digest whose size is not that of the scheme's hash.
  absl::StatusOr<std::string> SignDigest(SignatureScheme scheme,
                                         absl::string_view digest) const;

 private:
  friend class PrivateKeyAccess;
  struct Impl;
  explicit PrivateKey(std::unique_ptr<Impl> impl);

  // See private_key_access.h.
  absl::StatusOr<SecretBytes> PrivateNumber() const;

  std::unique_ptr<Impl> impl_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_LOCAL_PRIVATE_KEY_H_
