#include "signer_service/engines/openssl_random.h"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "openssl/rand.h"
#include "tls_lib/base/openssl_error.h"

namespace keyhold {

void FillPrivateRandom(void* bytes, size_t size) {
  auto* position = static_cast<unsigned char*>(bytes);
  while (size > 0) {
    const size_t part = std::min<size_t>(size, INT_MAX);
    if (RAND_priv_bytes(position, static_cast<int>(part)) != 1) {
      DieWithoutRandomBytes("a signature");
    }
    position += part;
    size -= part;
  }
}

void DieWithoutRandomBytes(absl::string_view what) {
  const std::string message = absl::StrCat(
      "keyhold: OpenSSL has no random bytes for ", what,
      ", and signing without them gives the key away; this process ends: ",
      TakeOpensslErrors(), "\n");
  std::fputs(message.c_str(), stderr);
  std::abort();
}

}  // namespace keyhold
