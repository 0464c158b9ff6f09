// One folder of key files and the certificates beside them.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_KEY_DIRECTORY_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_KEY_DIRECTORY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "signer_service/keys/key_problem.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// NAME.key or NAME@LABEL.key, and what stands beside it.
struct ListedKey {
  std::string id;
  std::string label;
  // File names within the folder. certificate_file is empty if there is none.
  std::string key_file;
  std::string certificate_file;
};

// A file that was opened beneath its folder.
struct OpenedFile {
  UniqueFd fd;
  size_t bytes = 0;
  // Others than owner and group may read it.
  bool world_readable = false;
};

// Files are opened beneath the folder only: a symbolic link may lead to
// another place in it (as Kubernetes mounts secrets), never out of it, and is
// never absolute. NAME and LABEL are letters, digits and "-._", at most 255
// bytes with the ending. Other endings are ignored, and so are folders below.
//
// The folder's descriptor is held: a folder that is replaced while this object
// lives is not seen. Thread-safe; movable.
class KeyDirectory {
 public:
  // NotFound, PermissionDenied, FailedPrecondition (not a folder).
  static absl::StatusOr<KeyDirectory> Open(absl::string_view path);

  struct Listing {
    // Ordered by id, then label.
    std::vector<ListedKey> keys;
    // A .key or .crt file with a bad name (error); a .crt without its .key
    // (warning).
    std::vector<KeyProblem> problems;
  };
  // Internal if reading the folder fails.
  absl::StatusOr<Listing> List() const;

  // Each error names the path and what to do. NotFound: no such file, or a
  // link to nothing. PermissionDenied: not readable, or a link out of the
  // folder. InvalidArgument: a folder, a socket … instead of a file.
  absl::StatusOr<OpenedFile> OpenFile(absl::string_view name) const;

  // The text of a certificate file, at most 1 MiB (InvalidArgument). Other
  // errors as OpenFile.
  absl::StatusOr<std::string> ReadCertificateFile(absl::string_view name) const;

  // For messages: the folder as it was given, a slash, and the name.
  std::string PathOf(absl::string_view name) const;
  const std::string& path() const { return path_; }

 private:
  KeyDirectory(std::string path, UniqueFd fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  UniqueFd fd_;
};

// The sizes of the key files in `directories`, from which the secure heap is
// sized. Files that cannot be opened are left out. Errors as Open.
absl::StatusOr<std::vector<size_t>> KeyFileSizes(
    absl::Span<const std::string> directories);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_KEY_DIRECTORY_H_
