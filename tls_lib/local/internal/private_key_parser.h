// Tells the formats of private keys apart by their structure, not by what a
// file calls them.
#ifndef KEYHOLD_TLS_LIB_LOCAL_INTERNAL_PRIVATE_KEY_PARSER_H_
#define KEYHOLD_TLS_LIB_LOCAL_INTERNAL_PRIVATE_KEY_PARSER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/local/internal/key_engine.h"

namespace keyhold::internal {

// Reads PKCS#8 (RFC 5208, and RFC 5958 with a public key), PKCS#1 or SEC1.
// Errors as PrivateKey::Parse.
absl::StatusOr<ParsedPrivateKey> ParsePrivateKeyDer(absl::string_view der);

}  // namespace keyhold::internal

#endif  // KEYHOLD_TLS_LIB_LOCAL_INTERNAL_PRIVATE_KEY_PARSER_H_
