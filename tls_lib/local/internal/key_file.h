// From the bytes of a key file to the DER of its one private key.
#ifndef KEYHOLD_TLS_LIB_LOCAL_INTERNAL_KEY_FILE_H_
#define KEYHOLD_TLS_LIB_LOCAL_INTERNAL_KEY_FILE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tls_lib/base/secret_bytes.h"

namespace keyhold::internal {

// PEM: the one block of a private key, decoded; other blocks are skipped.
// DER: a copy. InvalidArgument as PrivateKey::Parse; ResourceExhausted if the
// secure heap is full.
absl::StatusOr<SecretBytes> ReadKeyFile(const SecretBytes& encoded);

// InvalidArgument: encrypted with a password, and what to use instead.
absl::Status EncryptedKeyError();
// InvalidArgument: neither of the formats.
absl::Status NotAPrivateKeyError();

}  // namespace keyhold::internal

#endif  // KEYHOLD_TLS_LIB_LOCAL_INTERNAL_KEY_FILE_H_
