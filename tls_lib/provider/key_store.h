// The provider's store: OSSL_OP_STORE (provider-storemgmt(7)) for the scheme
// keyhold, so that "keyhold:www" stands for the key file www.key.pem of the
// configured folder, where a program takes a URI for a key.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_KEY_STORE_H_
#define KEYHOLD_TLS_LIB_PROVIDER_KEY_STORE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "openssl/core.h"

namespace keyhold::provider {

// For the answer to OSSL_OP_STORE queries; the provider's context is a
// ModuleContext. Static.
const OSSL_ALGORITHM* StoreAlgorithms();

// The path of the key file that `uri` names. InvalidArgument: another scheme,
// or a name with characters other than letters, digits, "-", "_", "." and "@",
// or with "." first: it cannot lead out of `folder`.
absl::StatusOr<std::string> KeyFilePath(absl::string_view uri,
                                        absl::string_view folder);

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_KEY_STORE_H_
