// Has the libraries that sign do beforehand what they otherwise do at first
// use: read files, ask for random bytes, look up algorithms.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_LIBRARY_WARM_UP_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_LIBRARY_WARM_UP_H_

#include "absl/status/status.h"

namespace keyhold {

// Starts OpenSSL without its configuration file. Call before anything else
// uses it.
void InitializeOpensslWithoutConfiguration();

// Seeds the generators and fetches the algorithms that keys and signatures
// use. Internal: one cannot be had.
absl::Status WarmUpLibraries();

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_LIBRARY_WARM_UP_H_
