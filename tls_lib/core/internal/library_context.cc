#include "tls_lib/core/internal/library_context.h"

#include <atomic>

namespace keyhold::internal {
namespace {

std::atomic<OSSL_LIB_CTX*> g_library{nullptr};

}  // namespace

OSSL_LIB_CTX* LibraryContext() {
  return g_library.load(std::memory_order_acquire);
}

void SetLibraryContext(OSSL_LIB_CTX* library) {
  g_library.store(library, std::memory_order_release);
}

}  // namespace keyhold::internal
