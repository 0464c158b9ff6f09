#include "tls_lib/tls/internal/fiber_stack.h"

#include <sys/mman.h>
#include <unistd.h>

#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace keyhold::tls_internal {
namespace {

size_t GuardSize() {
  static const auto kPage = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return kPage;
}

char* Map() {
  const size_t guard = GuardSize();
  void* all =
      mmap(nullptr, guard + FiberStack::kSize, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (all == MAP_FAILED) return nullptr;
  if (mprotect(all, guard, PROT_NONE) != 0) {
    munmap(all, guard + FiberStack::kSize);
    return nullptr;
  }
  return static_cast<char*>(all) + guard;
}

void Unmap(char* base) {
  munmap(base - GuardSize(), GuardSize() + FiberStack::kSize);
}

class Pool {
 public:
  char* Take() {
    {
      absl::MutexLock lock(&mutex_);
      ++in_use_;
      if (!kept_.empty()) {
        char* base = kept_.back();
        kept_.pop_back();
        return base;
      }
    }
    char* base = Map();
    if (base == nullptr) {
      absl::MutexLock lock(&mutex_);
      --in_use_;
    }
    return base;
  }

  void GiveBack(char* base) {
    std::vector<char*> surplus;
    {
      absl::MutexLock lock(&mutex_);
      --in_use_;
      kept_.push_back(base);
      while (kept_.size() > in_use_ + FiberStack::kSpare) {
        surplus.push_back(kept_.back());
        kept_.pop_back();
      }
    }
    for (char* each : surplus) Unmap(each);
  }

  size_t in_use() const {
    absl::MutexLock lock(&mutex_);
    return in_use_;
  }
  size_t kept() const {
    absl::MutexLock lock(&mutex_);
    return kept_.size();
  }

 private:
  mutable absl::Mutex mutex_;
  size_t in_use_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<char*> kept_ ABSL_GUARDED_BY(mutex_);
};

// Never destroyed: connections may end while the process exits.
Pool& ThePool() {
  static Pool* const kPool = new Pool;
  return *kPool;
}

}  // namespace

FiberStack::FiberStack() : base_(ThePool().Take()) {}

FiberStack::~FiberStack() {
  if (base_ != nullptr) ThePool().GiveBack(base_);
}

size_t FiberStack::InUse() { return ThePool().in_use(); }
size_t FiberStack::Kept() { return ThePool().kept(); }

}  // namespace keyhold::tls_internal
