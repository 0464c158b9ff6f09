// OpenSSL's random bytes for libraries whose callbacks cannot report failure.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_OPENSSL_RANDOM_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_OPENSSL_RANDOM_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace keyhold {

// Fills `bytes` from RAND_priv_bytes. A failure ends the process: with no way
// to report it, the caller would go on with bytes that are not random.
// Thread-safe.
void FillPrivateRandom(void* bytes, size_t size);

// Ends the process: `what` needed random bytes and there are none. For
// callbacks that get theirs by another of OpenSSL's functions.
[[noreturn]] void DieWithoutRandomBytes(absl::string_view what);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_OPENSSL_RANDOM_H_
