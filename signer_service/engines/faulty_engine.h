// An engine that does wrong when told to, for tests.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_FAULTY_ENGINE_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_FAULTY_ENGINE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "signer_service/engines/batch_signing_engine.h"

namespace keyhold {

// What a FaultyEngine does, changed from outside. Thread-safe.
struct Faults {
  enum Kind {
    kNone,
    kWrongSignature,  // one bit of it is wrong
    kEmptySignature,
    kCheckFailed,  // DataLoss, as by an engine's own check
    kError,        // Internal, not by a check
  };
  std::atomic<Kind> kind{kNone};
  // Which item of each batch; the others are well.
  std::atomic<size_t> item{0};
  // Items that the engine was asked to sign.
  std::atomic<uint64_t> asked{0};
};

class FaultyEngine final : public BatchSigningEngine {
 public:
  FaultyEngine(std::unique_ptr<const BatchSigningEngine> engine,
               std::shared_ptr<Faults> faults)
      : engine_(std::move(engine)), faults_(std::move(faults)) {}

  absl::string_view name() const override { return engine_->name(); }
  bool Serves(KeyType type) const override { return engine_->Serves(type); }
  EngineResults Sign(absl::Span<const EngineItem> items) const override;

 private:
  const std::unique_ptr<const BatchSigningEngine> engine_;
  const std::shared_ptr<Faults> faults_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_FAULTY_ENGINE_H_
