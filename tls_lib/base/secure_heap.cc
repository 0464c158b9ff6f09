#include "tls_lib/base/secure_heap.h"

#include "absl/strings/str_cat.h"
#include "openssl/crypto.h"
#include "openssl/err.h"
#include "tls_lib/base/openssl_error.h"

namespace keyhold {
namespace {

// The largest single number that a signature or a key needs: 8192 bits.
constexpr size_t kLargestNumber = 1024;

}  // namespace

bool SecureHeapIsFull() {
  // Without this check OpenSSL 3.0 takes a lock that does not exist.
  if (CRYPTO_secure_malloc_initialized() == 0) return false;
  void* probe = OPENSSL_secure_malloc(kLargestNumber);
  if (probe == nullptr) {
    ERR_clear_error();
    return true;
  }
  OPENSSL_secure_free(probe);
  return false;
}

absl::Status SecureHeapFullError(absl::string_view what) {
  return absl::ResourceExhaustedError(absl::StrCat(
      what,
      ": the locked memory for private keys (OpenSSL's secure heap) is full; "
      "make it larger or load fewer keys"));
}

absl::Status PrivateKeyOperationError(absl::string_view what) {
  absl::Status status = OpensslError(absl::StatusCode::kInternal, what);
  return SecureHeapIsFull() ? SecureHeapFullError(what) : status;
}

}  // namespace keyhold
