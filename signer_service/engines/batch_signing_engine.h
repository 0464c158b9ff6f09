// Makes signatures, many at a time. One engine signs with OpenSSL; others are
// faster for one type of key. engine_table.h says which one serves which.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_BATCH_SIGNING_ENGINE_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_BATCH_SIGNING_ENGINE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "signer_service/engines/engine_key.h"
#include "tls_lib/core/key_type.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// One signature to make. Whoever makes the item has checked that the key can
// make the scheme. Pointers and views outlive the call.
struct EngineItem {
  const EngineKey* key;
  const SchemeInfo* scheme;
  // The message for a scheme without a hash; else its digest, of the right
  // size.
  absl::string_view input;
};

using EngineResults = std::vector<absl::StatusOr<std::string>>;

// What an engine keeps between calls it keeps per thread, and no secret is
// part of it.
//
// Thread-safe.
class BatchSigningEngine {
 public:
  virtual ~BatchSigningEngine() = default;

  // For logs and `keys show`: "openssl", "nettle-p384" …
  virtual absl::string_view name() const = 0;
  virtual bool Serves(KeyType type) const = 0;

  // One result for each item, in order; an item that fails does not touch the
  // others. Items may have different keys, each of a type that the engine
  // serves. ECDSA signatures are in DER, as TLS has them.
  //
  // DataLoss (reason kSignatureCheckFailed): the signature failed a check of
  // the engine and is not released; the key, the memory or the engine is
  // faulty. ResourceExhausted: the secure heap is full. Internal: signing
  // failed otherwise.
  virtual EngineResults Sign(absl::Span<const EngineItem> items) const = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_BATCH_SIGNING_ENGINE_H_
