// An engine that holds RSA signatures up until a test lets them through.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_GATED_ENGINE_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_GATED_ENGINE_H_

#include <cstddef>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "signer_service/engines/batch_signing_engine.h"
#include "signer_service/engines/engine_table.h"
#include "signer_service/engines/openssl_engine.h"

namespace keyhold {

// Closed at first. Thread-safe.
class Gate {
 public:
  // Holds up RSA keys of at least so many bits.
  explicit Gate(size_t from_bits = 0) : from_bits_(from_bits) {}

  void Open();
  // Waits until a batch stands before the gate.
  void AwaitArrival();
  // Signatures that have come to the gate.
  size_t asked() const;

 private:
  friend class GatedEngine;
  // Waits until the gate is open.
  void Pass(size_t signatures);

  const size_t from_bits_;
  mutable absl::Mutex mutex_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  size_t asked_ ABSL_GUARDED_BY(mutex_) = 0;
};

// OpenSSL's; RSA goes through the gate.
class GatedEngine final : public BatchSigningEngine {
 public:
  explicit GatedEngine(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}

  absl::string_view name() const override { return openssl_.name(); }
  bool Serves(KeyType type) const override { return openssl_.Serves(type); }
  EngineResults Sign(absl::Span<const EngineItem> items) const override;

 private:
  const OpensslEngine openssl_;
  const std::shared_ptr<Gate> gate_;
};

// A GatedEngine for every type of key.
EngineTable GatedEngineTable(std::shared_ptr<Gate> gate);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_GATED_ENGINE_H_
