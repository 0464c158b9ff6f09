#include "tls_lib/tls/internal/sha256.h"

#include "openssl/sha.h"

namespace keyhold::tls_internal {

std::string Sha256(absl::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, 0);
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace keyhold::tls_internal
