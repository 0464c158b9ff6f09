// A private key made ready for the engine that signs with its type of key.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_KEY_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_KEY_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "signer_service/engines/rsa_verifier.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"
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

  // Whether OpenSSL takes `signature` for this key's over `input`, which is as
  // EngineItem has it. Thread-safe.
  bool Verifies(const SchemeInfo& scheme, absl::string_view input,
                absl::string_view signature) const;

 private:
  EngineKey(PrivateKey key, SecretBytes secret,
            std::unique_ptr<const RsaVerifier> rsa)
      : key_(std::move(key)),
        secret_(std::move(secret)),
        rsa_(std::move(rsa)) {}

  PrivateKey key_;
  SecretBytes secret_;
  // Null for other types.
  std::unique_ptr<const RsaVerifier> rsa_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_KEY_H_
