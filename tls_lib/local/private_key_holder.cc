// A process that holds private keys, for private_key_copies_test: loads the
// key files that its arguments name into its secure heap, signs with each,
// writes "ready" and waits until its standard input ends.
#include <cstdio>
#include <memory>
#include <vector>

#include "openssl/crypto.h"
#include "tls_lib/local/local_signing_key.h"

int main(int argc, char** argv) {
  constexpr size_t kHeapBytes = 1 << 20;
  if (CRYPTO_secure_malloc_init(kHeapBytes, 16) == 0) return 1;
  std::vector<std::shared_ptr<const keyhold::LocalSigningKey>> keys;
  for (int i = 1; i < argc; ++i) {
    auto key = keyhold::LocalSigningKey::FromFile(argv[i]);
    if (!key.ok()) return 2;
    auto signer =
        (*key)->ChooseScheme({}, (*key)->public_key().DefaultPreferences());
    if (!signer.ok()) return 3;
    for (int n = 0; n < 3; ++n) {
      if (!(*signer)->Sign("a message", absl::InfiniteFuture()).ok()) return 4;
    }
    keys.push_back(*std::move(key));
  }
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
