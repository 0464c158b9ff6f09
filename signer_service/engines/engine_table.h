// Which engine signs with which type of key.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_TABLE_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_TABLE_H_

#include <memory>
#include <vector>

#include "signer_service/engines/batch_signing_engine.h"
#include "tls_lib/core/key_type.h"

namespace keyhold {

// A key's engine follows from its type alone:
//
//   P-256    openssl-p256-batch
//   P-384    nettle-p384
//   Ed25519  sodium-ed25519
//   others   openssl
//
// Immutable, thread-safe.
class EngineTable {
 public:
  // The table above. An engine that cannot be set up is left out, and OpenSSL
  // serves its keys.
  static EngineTable Default();

  // Every key's engine is the first of `fast` that serves its type, else
  // `openssl`.
  EngineTable(std::unique_ptr<const BatchSigningEngine> openssl,
              std::vector<std::unique_ptr<const BatchSigningEngine>> fast);

  const BatchSigningEngine& EngineFor(KeyType type) const;
  // Signs with every type of key, and again what another engine got wrong.
  const BatchSigningEngine& openssl() const { return *engines_.back(); }
  // All of them, openssl() last. A place in this list is an engine's number.
  const std::vector<std::unique_ptr<const BatchSigningEngine>>& engines()
      const {
    return engines_;
  }
  // The number of EngineFor(type).
  size_t NumberFor(KeyType type) const;

 private:
  std::vector<std::unique_ptr<const BatchSigningEngine>> engines_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_TABLE_H_
