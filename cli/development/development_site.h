// A site whose key and certificate `keyhold init` makes.
#ifndef KEYHOLD_CLI_DEVELOPMENT_DEVELOPMENT_SITE_H_
#define KEYHOLD_CLI_DEVELOPMENT_DEVELOPMENT_SITE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/key_type.h"

namespace keyhold {

struct DevelopmentSite {
  // A DNS name in lower case: the certificate's name, and the key's id.
  std::string name;
  KeyType key_type = KeyType::kEcdsaP256;
};

// "NAME" or "NAME:TYPE", where TYPE is rsa, rsa-pss, p256 (the default),
// p384, p521, ed25519 or ed448.
//
// InvalidArgument: a type that is none of these, or a NAME that is no DNS
// name of letters, digits and hyphens (RFC 1123 §2.1). A wildcard is none: it
// could not be the name of a file everywhere.
absl::StatusOr<DevelopmentSite> ParseDevelopmentSite(absl::string_view text);

// rsa.example.test (RSA-2048), ecdsa.example.test (P-256) and
// ed25519.example.test. ".test" is reserved for this (RFC 6761 §6.2).
std::vector<DevelopmentSite> DefaultDevelopmentSites();

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DEVELOPMENT_DEVELOPMENT_SITE_H_
