// Bytes that go to another process as a descriptor.
#ifndef KEYHOLD_SIGNER_SERVICE_PROCESS_MEMORY_FILE_H_
#define KEYHOLD_SIGNER_SERVICE_PROCESS_MEMORY_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// A file without a name, in memory (memfd_create), that holds `bytes`. Closed
// on exec. Internal: the kernel refuses.
absl::StatusOr<UniqueFd> MakeMemoryFile(absl::string_view bytes);

// Replaces what it holds. Whoever reads meanwhile may see a mixture, and that
// the file's time of change is another afterwards.
absl::Status RewriteMemoryFile(const UniqueFd& file, absl::string_view bytes);

// From then on nobody can change it.
absl::Status SealMemoryFile(const UniqueFd& file);

// All that it holds. FailedPrecondition: it could still be changed.
absl::StatusOr<std::string> ReadSealedMemoryFile(const UniqueFd& file);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_PROCESS_MEMORY_FILE_H_
