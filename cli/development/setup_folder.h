// The folder into which `keyhold init` writes.
#ifndef KEYHOLD_CLI_DEVELOPMENT_SETUP_FOLDER_H_
#define KEYHOLD_CLI_DEVELOPMENT_SETUP_FOLDER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/development/development_setup.h"

namespace keyhold {

// A list of what was written, kept in the folder as ".keyhold-init", tells
// the result of an earlier run from a stranger's files: only the former is
// ever overwritten or removed.
class SetupFolder {
 public:
  // Looks at `path` and changes nothing. A folder that is missing or empty
  // will do.
  //
  // AlreadyExists: it holds the result of an earlier run and `replace` is
  // false. FailedPrecondition: it holds anything else, is no folder, or
  // cannot be read.
  static absl::StatusOr<SetupFolder> Open(absl::string_view path, bool replace);

  // Writes `setup`: each file wholly or not at all, with its mode whatever
  // the umask. Of an earlier run's files those that are not written again
  // are removed; what else was put into the folder stays. After a failure,
  // running again with `replace` repairs it.
  //
  // FailedPrecondition names the file that cannot be written, and why.
  absl::Status Write(const DevelopmentSetup& setup) const;

  const std::string& path() const { return path_; }

 private:
  SetupFolder(std::string path, std::vector<std::string> earlier_files)
      : path_(std::move(path)), earlier_files_(std::move(earlier_files)) {}

  std::string path_;
  // Relative; empty if there was no earlier run.
  std::vector<std::string> earlier_files_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DEVELOPMENT_SETUP_FOLDER_H_
