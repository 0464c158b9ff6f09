#include "tls_lib/base/secret_bytes.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "openssl/crypto.h"
#include "openssl/err.h"
#include "tls_lib/base/secure_heap.h"

namespace keyhold {

absl::StatusOr<SecretBytes> SecretBytes::OfSize(size_t size) {
  if (size == 0) return SecretBytes();
  auto* data = static_cast<uint8_t*>(OPENSSL_secure_zalloc(size));
  if (data == nullptr) {
    ERR_clear_error();
    return SecureHeapFullError(
        absl::StrCat("cannot hold a secret of ", size, " bytes"));
  }
  return SecretBytes(data, size);
}

absl::StatusOr<SecretBytes> SecretBytes::CopyOf(absl::string_view bytes) {
  absl::StatusOr<SecretBytes> copy = OfSize(bytes.size());
  if (copy.ok() && !bytes.empty()) {
    std::memcpy(copy->data_, bytes.data(), bytes.size());
  }
  return copy;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    OPENSSL_secure_clear_free(data_, size_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { OPENSSL_secure_clear_free(data_, size_); }

}  // namespace keyhold
