// Signs with OpenSSL alone: every type of key, and what everything else falls
// back to.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_OPENSSL_ENGINE_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_OPENSSL_ENGINE_H_

#include "signer_service/engines/batch_signing_engine.h"

namespace keyhold {

// One item after the other. The key keeps contexts that are set up, and each
// signature takes a copy: for P-256 that is 2 % slower than contexts kept per
// thread and 9 % faster than fresh ones (openssl_engine_benchmark.cc), and no
// context outlives its key or is taken for another key's.
class OpensslEngine final : public BatchSigningEngine {
 public:
  absl::string_view name() const override { return "openssl"; }
  bool Serves(KeyType) const override { return true; }
  EngineResults Sign(absl::Span<const EngineItem> items) const override;

  // The same for one item.
  static absl::StatusOr<std::string> SignOne(const EngineItem& item);
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_OPENSSL_ENGINE_H_
