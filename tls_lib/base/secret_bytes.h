// Bytes that must not leak: an encoded private key, a ticket key.
#ifndef KEYHOLD_TLS_LIB_BASE_SECRET_BYTES_H_
#define KEYHOLD_TLS_LIB_BASE_SECRET_BYTES_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// A fixed number of bytes, wiped when it is destroyed or moved from. Lives in
// OpenSSL's secure heap if the process has one (else on the ordinary heap).
// Cannot be copied, compared or printed by accident.
//
// Not thread-safe for writing; any number of threads may read.
class SecretBytes {
 public:
  SecretBytes() = default;
  // ResourceExhausted if the secure heap is full.
  static absl::StatusOr<SecretBytes> OfSize(size_t size);
  // A copy of `bytes`; the caller still has to wipe the original.
  static absl::StatusOr<SecretBytes> CopyOf(absl::string_view bytes);

  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  uint8_t* data() { return data_; }
  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Reveals the bytes. The view dies with this object; never store it.
  absl::string_view Reveal() const {
    return {reinterpret_cast<const char*>(data_), size_};
  }

 private:
  SecretBytes(uint8_t* data, size_t size) : data_(data), size_(size) {}

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_BASE_SECRET_BYTES_H_
