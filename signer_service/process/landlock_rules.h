// Landlock: what of the file system a process may still open.
#ifndef KEYHOLD_SIGNER_SERVICE_PROCESS_LANDLOCK_RULES_H_
#define KEYHOLD_SIGNER_SERVICE_PROCESS_LANDLOCK_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace keyhold {

// Both hold for the calling thread and all that it starts, and cannot be
// undone; so call while the process has one thread, after HardenProcess. Open
// descriptors are not touched.
//
// Unimplemented: the kernel has no Landlock (Linux 5.13), or it is switched
// off. Internal: the kernel refuses.

// No file can be opened, and where the kernel can forbid it (6.7) no TCP
// connection be made.
absl::Status ForbidAllFiles();

struct AllowedFiles {
  // May be read, with all that is beneath, but for what is beneath
  // `forbidden`. Those that do not exist are passed over.
  absl::Span<const std::string> readable;
  // Folders in which sockets may be made.
  absl::Span<const std::string> socket_folders;
  // Folders in which nothing may be opened. What is made in a folder above one
  // of them after this call cannot be opened either.
  absl::Span<const std::string> forbidden;
};
absl::Status AllowOnlyFiles(const AllowedFiles& allowed);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_PROCESS_LANDLOCK_RULES_H_
