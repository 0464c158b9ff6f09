// Puts a file in place as a whole.
#ifndef KEYHOLD_CLI_SERVERS_REPLACE_FILE_H_
#define KEYHOLD_CLI_SERVERS_REPLACE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// Writes `text` beside `path` and renames it, so that whoever reads meanwhile
// has the old file or the new one. A file that was there keeps its mode and
// owner; a new one has mode 0644, whatever the umask. What is written is
// nobody else's to read before that, and no link is followed.
//
// FailedPrecondition: cannot be written.
absl::Status ReplaceFile(const std::string& path, absl::string_view text);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_SERVERS_REPLACE_FILE_H_
