#include "signer_service/core/freeze_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tls_lib/base/file_text.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

constexpr absl::string_view kHeader =
    "# Keys and identities that the signer does not sign with or for.\n"
    "# Written by `keyhold freeze` and `keyhold unfreeze`.\n";
constexpr size_t kMaxNameBytes = 1024;

absl::Status CheckName(absl::string_view name) {
  const bool clean = std::none_of(
      name.begin(), name.end(),
      [](unsigned char c) { return absl::ascii_iscntrl(c) || c == '*'; });
  if (!name.empty() && name.size() <= kMaxNameBytes && clean &&
      absl::StripAsciiWhitespace(name) == name) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "expected a name of 1 to 1024 bytes, without \"*\": each is frozen by "
      "itself");
}

absl::Status AddLine(absl::string_view line, FreezeList& list) {
  line = absl::StripAsciiWhitespace(line);
  if (line.empty() || line[0] == '#') return absl::OkStatus();
  const std::pair<absl::string_view, absl::string_view> words =
      absl::StrSplit(line, absl::MaxSplits(' ', 1));
  const absl::string_view name = absl::StripAsciiWhitespace(words.second);
  if (words.first == "key") return list.FreezeKey(name);
  if (words.first == "identity") return list.FreezeIdentity(name);
  return absl::InvalidArgumentError(
      "expected \"key ID\", \"identity NAME\" or a comment");
}

absl::Status NotWritten(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat(
      path, ": cannot be written: ", absl::ErrnoToStatus(errno, "").message()));
}

absl::Status WriteAll(int fd, absl::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return NotWritten(path);
    text.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(fd) == 0 ? absl::OkStatus() : NotWritten(path);
}

}  // namespace

absl::StatusOr<FreezeList> FreezeList::Parse(absl::string_view text) {
  FreezeList list;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const absl::Status added = AddLine(line, list);
    if (added.ok()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("line ", number, ": ", added.message()));
  }
  return list;
}

absl::StatusOr<FreezeList> FreezeList::Load(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFileText(path);
  if (absl::IsNotFound(text.status())) return FreezeList();
  if (!text.ok()) return text.status();
  absl::StatusOr<FreezeList> list = Parse(*text);
  if (list.ok()) return list;
  return absl::Status(list.status().code(),
                      absl::StrCat(path, ": ", list.status().message()));
}

absl::Status FreezeList::Update(
    const std::string& path,
    absl::FunctionRef<absl::Status(FreezeList& list)> change) {
  const std::string lock_path = absl::StrCat(path, ".lock");
  const UniqueFd lock(
      open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock) return NotWritten(lock_path);
  while (flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return NotWritten(lock_path);
  }
  ASSIGN_OR_RETURN(FreezeList list, Load(path));
  RETURN_IF_ERROR(change(list));
  return list.Save(path);
}

absl::Status FreezeList::Save(const std::string& path) const {
  const std::string next = absl::StrCat(path, ".next");
  UniqueFd file(
      open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return NotWritten(next);
  // As before, whoever writes: the signer may be another user.
  struct stat before;
  if (stat(path.c_str(), &before) == 0 &&
      (fchown(file.get(), before.st_uid, before.st_gid) != 0 ||
       fchmod(file.get(), before.st_mode & 07777) != 0)) {
    return NotWritten(next);
  }
  RETURN_IF_ERROR(WriteAll(file.get(), ToText(), next));
  if (rename(next.c_str(), path.c_str()) != 0) return NotWritten(path);
  const size_t slash = path.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd directory(open(folder.c_str(), O_RDONLY | O_CLOEXEC));
  if (!directory || fsync(directory.get()) != 0) return NotWritten(folder);
  return absl::OkStatus();
}

std::string FreezeList::ToText() const {
  std::string text(kHeader);
  for (const std::string& id : keys_) absl::StrAppend(&text, "key ", id, "\n");
  for (const std::string& name : identities_) {
    absl::StrAppend(&text, "identity ", name, "\n");
  }
  return text;
}

absl::Status FreezeList::FreezeKey(absl::string_view id) {
  RETURN_IF_ERROR(CheckName(id));
  if (absl::StrContains(id, '@') || absl::StrContains(id, '/')) {
    return absl::InvalidArgumentError(
        "a key's id is its file name without \"@LABEL\" and \".key\": all keys "
        "of an id are frozen together");
  }
  keys_.emplace(id);
  return absl::OkStatus();
}

absl::Status FreezeList::FreezeIdentity(absl::string_view name) {
  RETURN_IF_ERROR(CheckName(name));
  uint32_t uid = 0;
  const bool known = absl::StartsWith(name, "spiffe://") ||
                     absl::StartsWith(name, "dns:") ||
                     absl::StartsWith(name, "cn:") ||
                     (absl::StartsWith(name, "uid:") &&
                      absl::SimpleAtoi(absl::StripPrefix(name, "uid:"), &uid));
  if (!known) {
    return absl::InvalidArgumentError(
        "expected spiffe://TRUST-DOMAIN/PATH, dns:NAME, cn:NAME or uid:NUMBER, "
        "as the log writes the identity");
  }
  identities_.emplace(name);
  return absl::OkStatus();
}

}  // namespace keyhold
