#include "cli/development/setup_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

namespace fs = std::filesystem;

constexpr char kListName[] = ".keyhold-init";
constexpr char kListHeading[] =
    "# Written by `keyhold init`, which replaces these files when it is run "
    "again with --force.\n";

absl::Status CannotWrite(absl::string_view path, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot write ", path, ": ", why));
}

absl::Status NotOurs(absl::string_view path) {
  return absl::FailedPreconditionError(absl::StrCat(
      path,
      " is not empty, and `keyhold init` did not make what is in it: "
      "name a new or an empty folder"));
}

absl::Status MadeEarlier(absl::string_view path) {
  return absl::AlreadyExistsError(absl::StrCat(
      path,
      " holds the result of an earlier `keyhold init`: use it as it is, "
      "name another folder, or replace its keys and certificates with "
      "new ones with --force"));
}

// A list that somebody has edited must not make us remove other files.
bool StaysInside(absl::string_view path) {
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  return std::none_of(parts.begin(), parts.end(), [](absl::string_view part) {
    return part.empty() || part == "." || part == "..";
  });
}

std::vector<std::string> ReadList(const std::string& path) {
  std::vector<std::string> files;
  std::ifstream list(path);
  for (std::string line; std::getline(list, line);) {
    if (!absl::StartsWith(line, "#") && StaysInside(line)) {
      files.push_back(line);
    }
  }
  return files;
}

absl::Status WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::InternalError(std::strerror(errno));
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status WriteFile(const std::string& path, mode_t mode,
                       absl::string_view bytes) {
  const std::string draft = absl::StrCat(path, ".new");
  unlink(draft.c_str());  // of a run that was interrupted
  const UniqueFd fd(open(draft.c_str(),
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                         mode));
  if (!fd || fchmod(fd.get(), mode) != 0) {
    return CannotWrite(draft, std::strerror(errno));
  }
  if (absl::Status status = WriteAll(fd.get(), bytes); !status.ok()) {
    unlink(draft.c_str());
    return CannotWrite(draft, status.message());
  }
  if (fsync(fd.get()) != 0 || rename(draft.c_str(), path.c_str()) != 0) {
    return CannotWrite(path, std::strerror(errno));
  }
  return absl::OkStatus();
}

absl::Status MakeDirectory(const std::string& path, mode_t mode) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return CannotWrite(path, error.message());
  if (chmod(path.c_str(), mode) != 0) {
    return CannotWrite(path, std::strerror(errno));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SetupFolder> SetupFolder::Open(absl::string_view path,
                                              bool replace) {
  const std::string name(path);
  std::error_code error;
  if (!fs::exists(name, error) && !error) return SetupFolder(name, {});
  const bool empty = !error && fs::is_empty(name, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot look into ", path, ": ", error.message()));
  }
  if (!fs::is_directory(name)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is a file, not a folder"));
  }
  if (empty) return SetupFolder(name, {});
  const std::string list = absl::StrCat(name, "/", kListName);
  if (!fs::is_regular_file(list)) return NotOurs(path);
  if (!replace) return MadeEarlier(path);
  return SetupFolder(name, ReadList(list));
}

absl::Status SetupFolder::Write(const DevelopmentSetup& setup) const {
  RETURN_IF_ERROR(MakeDirectory(path_, 0755));
  // The list comes first, and names the old files too, so that an
  // interrupted run can be repeated.
  std::string list = kListHeading;
  std::string wider_list = kListHeading;
  for (const SetupFile& file : setup.files) {
    absl::StrAppend(&list, file.path, "\n");
    absl::StrAppend(&wider_list, file.path, "\n");
  }
  for (const std::string& file : earlier_files_) {
    absl::StrAppend(&wider_list, file, "\n");
  }
  const std::string list_path = absl::StrCat(path_, "/", kListName);
  RETURN_IF_ERROR(WriteFile(list_path, 0644, wider_list));

  for (const SetupDirectory& directory : setup.directories) {
    RETURN_IF_ERROR(MakeDirectory(absl::StrCat(path_, "/", directory.path),
                                  directory.mode));
  }
  for (const SetupFile& file : setup.files) {
    RETURN_IF_ERROR(WriteFile(absl::StrCat(path_, "/", file.path), file.mode,
                              file.content.Reveal()));
  }
  for (const std::string& file : earlier_files_) {
    const bool written_again =
        std::any_of(setup.files.begin(), setup.files.end(),
                    [&file](const SetupFile& f) { return f.path == file; });
    if (!written_again) unlink(absl::StrCat(path_, "/", file).c_str());
  }
  return WriteFile(list_path, 0644, list);
}

}  // namespace keyhold
