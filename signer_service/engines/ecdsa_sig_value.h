// DER of ECDSA signatures.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_ECDSA_SIG_VALUE_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_ECDSA_SIG_VALUE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace keyhold {

// ECDSA-Sig-Value (RFC 3279 §2.2.3) of two big-endian numbers of 1 to 66
// bytes, which may have leading zeros. Each in its shortest form, as DER
// demands.
std::string EncodeEcdsaSigValue(absl::string_view r, absl::string_view s);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_ECDSA_SIG_VALUE_H_
