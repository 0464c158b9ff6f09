// Which of the offered schemes a key can make, as a set.
#ifndef KEYHOLD_TLS_LIB_REMOTE_USABLE_SCHEMES_H_
#define KEYHOLD_TLS_LIB_REMOTE_USABLE_SCHEMES_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold {

// Bit i stands for AllSchemes()[i].
using SchemeBits = uint32_t;

// The schemes of `offered` that `key` can make in `version`. The same for
// every order of `offered`, and whatever unknown points are in it.
SchemeBits UsableSchemes(const PublicKey& key, TlsVersion version,
                         absl::Span<const SignatureScheme> offered);

// The schemes in `set`, in AllSchemes' order.
std::vector<SignatureScheme> SchemesIn(SchemeBits set);

bool Contains(SchemeBits set, SignatureScheme scheme);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_USABLE_SCHEMES_H_
