// The kinds of key that Keyhold serves.
#ifndef KEYHOLD_TLS_LIB_CORE_KEY_TYPE_H_
#define KEYHOLD_TLS_LIB_CORE_KEY_TYPE_H_

#include "absl/strings/string_view.h"

namespace keyhold {

enum class KeyType {
  kRsa,        // rsaEncryption (RFC 8017)
  kRsaPss,     // id-RSASSA-PSS (RFC 4055)
  kEcdsaP256,  // RFC 5480, likewise below
  kEcdsaP384,
  kEcdsaP521,
  kEd25519,  // RFC 8410, likewise below
  kEd448,
};

// KeyTypeName is for messages: "RSA", "RSA-PSS", "P-256", "Ed25519" …
absl::string_view KeyTypeName(KeyType type);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_KEY_TYPE_H_
