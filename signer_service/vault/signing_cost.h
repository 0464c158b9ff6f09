// Which signatures are expensive.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_SIGNING_COST_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_SIGNING_COST_H_

#include "tls_lib/core/public_key.h"

namespace keyhold {

// How long a signature of `key` takes, in those of RSA-2048, about 0.2 ms. 0:
// so little that whoever asks for it makes it at once. `has_fast_engine`: it
// is not made by OpenSSL.
int SigningCost(const PublicKey& key, bool has_fast_engine);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_SIGNING_COST_H_
