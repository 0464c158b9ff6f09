// Reads the bytes of a key file.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_KEY_FILE_READER_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_KEY_FILE_READER_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// RSA-16384 in PEM takes 13 KB.
constexpr size_t kMaxKeyFileBytes = 65536;

// The bytes of `fd`, a regular file, from its beginning. No copy of them is
// left behind.
//
// InvalidArgument: not a regular file, empty, over kMaxKeyFileBytes, or
// changed meanwhile. ResourceExhausted: the secure heap is full. Other codes:
// reading failed.
absl::StatusOr<SecretBytes> ReadKeyFile(const UniqueFd& fd);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_KEY_FILE_READER_H_
