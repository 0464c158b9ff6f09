#include "signer_service/engines/p256_batch_engine.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "signer_service/engines/openssl_engine.h"
#include "signer_service/engines/p256_batch.h"
#include "signer_service/engines/stack_wipe.h"

namespace keyhold {
namespace {

// The calling thread's. A failure to make one is no lasting state: the secure
// heap may have room again.
absl::StatusOr<P256Batch*> ThreadsBatch() {
  thread_local std::unique_ptr<P256Batch> batch;
  if (batch == nullptr) {
    absl::StatusOr<std::unique_ptr<P256Batch>> made = P256Batch::Create();
    if (!made.ok()) return made.status();
    batch = *std::move(made);
  }
  return batch.get();
}

}  // namespace

EngineResults P256BatchEngine::Sign(absl::Span<const EngineItem> items) const {
  StackWiper wiper;
  if (items.size() < kSmallestBatch) return OpensslEngine().Sign(items);
  absl::StatusOr<P256Batch*> batch = ThreadsBatch();
  if (!batch.ok()) return EngineResults(items.size(), batch.status());
  // Groups of one size, so that none is too small.
  const size_t groups =
      (items.size() + P256Batch::kMaxItems - 1) / P256Batch::kMaxItems;
  const size_t group_size = (items.size() + groups - 1) / groups;
  if (groups == 1) return (*batch)->Sign(items, faults_);
  EngineResults results;
  results.reserve(items.size());
  for (; !items.empty();
       items.remove_prefix(std::min(group_size, items.size()))) {
    EngineResults part = (*batch)->Sign(items.subspan(0, group_size), faults_);
    results.insert(results.end(), std::make_move_iterator(part.begin()),
                   std::make_move_iterator(part.end()));
  }
  return results;
}

}  // namespace keyhold
