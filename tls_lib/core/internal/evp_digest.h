// Digests, fetched once: a fetch by name takes locks.
#ifndef KEYHOLD_TLS_LIB_CORE_INTERNAL_EVP_DIGEST_H_
#define KEYHOLD_TLS_LIB_CORE_INTERNAL_EVP_DIGEST_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "openssl/evp.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold::internal {

// Null for kNone. Never freed. Thread-safe.
const EVP_MD* FetchedDigest(HashAlgorithm hash);

// The digest of `message`. InvalidArgument for kNone; Internal if OpenSSL
// fails. Thread-safe.
absl::StatusOr<std::string> ComputeDigest(HashAlgorithm hash,
                                          absl::string_view message);

// InvalidArgument unless `digest` is one that `scheme` signs: not for EdDSA,
// which signs messages, and not of another size.
absl::Status CheckDigest(const SchemeInfo& scheme, absl::string_view digest);

}  // namespace keyhold::internal

#endif  // KEYHOLD_TLS_LIB_CORE_INTERNAL_EVP_DIGEST_H_
