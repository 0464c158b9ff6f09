// A private key made ready for the engine that signs with its type of key.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_KEY_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_KEY_H_

#include <utility>

#include "absl/status/statusor.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/local/private_key.h"

namespace keyhold {

// What an engine needs of a key is made once, when the key is loaded, and goes
// with the key. So no engine keeps a cache of keys, in which a replaced key
// could live on or be taken for another one.
//
// Immutable, thread-safe; movable, not copyable.
class EngineKey {
 public:
  // ResourceExhausted: the secure heap is full. Internal: OpenSSL fails
  // otherwise.
  static absl::StatusOr<EngineKey> Create(PrivateKey key);

  const PrivateKey& private_key() const { return key_; }
  const PublicKey& public_key() const { return key_.public_key(); }

  // The secret as the engine takes it, in the secure heap. P-256 and P-384:
  // the private number, big-endian, 32 or 48 bytes. Ed25519: the private key
  // of RFC 8032 and the public key, 32 bytes each. Empty for every other type:
  // OpenSSL signs with those, and has the secret already.
  const SecretBytes& secret() const { return secret_; }

 private:
  EngineKey(PrivateKey key, SecretBytes secret)
      : key_(std::move(key)), secret_(std::move(secret)) {}

  PrivateKey key_;
  SecretBytes secret_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_KEY_H_
