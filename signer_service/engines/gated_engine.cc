#include "signer_service/engines/gated_engine.h"

#include <utility>

#include "tls_lib/core/key_type.h"

namespace keyhold {

void Gate::Open() {
  absl::MutexLock lock(&mutex_);
  open_ = true;
}

void Gate::AwaitArrival() {
  absl::MutexLock lock(&mutex_);
  const auto arrived = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return asked_ > 0;
  };
  mutex_.Await(absl::Condition(&arrived));
}

size_t Gate::asked() const {
  absl::MutexLock lock(&mutex_);
  return asked_;
}

void Gate::Pass(size_t signatures) {
  absl::MutexLock lock(&mutex_);
  asked_ += signatures;
  mutex_.Await(absl::Condition(&open_));
}

EngineResults GatedEngine::Sign(absl::Span<const EngineItem> items) const {
  const PublicKey& key = items[0].key->public_key();
  if (key.type() == KeyType::kRsa &&
      static_cast<size_t>(key.bits()) >= gate_->from_bits_) {
    gate_->Pass(items.size());
  }
  return openssl_.Sign(items);
}

EngineTable GatedEngineTable(std::shared_ptr<Gate> gate) {
  return EngineTable(std::make_unique<GatedEngine>(std::move(gate)), {});
}

}  // namespace keyhold
