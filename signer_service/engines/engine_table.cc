#include "signer_service/engines/engine_table.h"

#include <utility>

#include "absl/status/statusor.h"
#include "signer_service/engines/nettle_p384_engine.h"
#include "signer_service/engines/openssl_engine.h"
#include "signer_service/engines/p256_batch_engine.h"
#include "signer_service/engines/sodium_ed25519_engine.h"

namespace keyhold {

EngineTable EngineTable::Default() {
  std::vector<std::unique_ptr<const BatchSigningEngine>> fast;
  fast.push_back(std::make_unique<P256BatchEngine>());
  fast.push_back(std::make_unique<NettleP384Engine>());
  absl::StatusOr<std::unique_ptr<SodiumEd25519Engine>> sodium =
      SodiumEd25519Engine::Create();
  if (sodium.ok()) fast.push_back(*std::move(sodium));
  return EngineTable(std::make_unique<OpensslEngine>(), std::move(fast));
}

EngineTable::EngineTable(
    std::unique_ptr<const BatchSigningEngine> openssl,
    std::vector<std::unique_ptr<const BatchSigningEngine>> fast)
    : engines_(std::move(fast)) {
  engines_.push_back(std::move(openssl));
}

const BatchSigningEngine& EngineTable::EngineFor(KeyType type) const {
  return *engines_[NumberFor(type)];
}

size_t EngineTable::NumberFor(KeyType type) const {
  for (size_t number = 0; number + 1 < engines_.size(); ++number) {
    if (engines_[number]->Serves(type)) return number;
  }
  return engines_.size() - 1;
}

}  // namespace keyhold
