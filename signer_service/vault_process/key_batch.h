// Key files on their way from the supervisor to the vault.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_KEY_BATCH_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_KEY_BATCH_H_

#include <vector>

#include "absl/status/status.h"
#include "keyhold/processes/v1/control.pb.h"
#include "signer_service/vault/vault.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// What the message says of a file; its descriptor, if it has one, travels
// beside it.
processes::v1::KeyFileEntry ToEntry(const KeyFile& file);

// Appends the batch's files, with their descriptors in the same order, to
// `files`. InvalidArgument: too many descriptors, or too few.
absl::Status ReadKeyBatch(const processes::v1::KeyBatch& batch,
                          std::vector<UniqueFd> descriptors,
                          std::vector<KeyFile>& files);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_KEY_BATCH_H_
