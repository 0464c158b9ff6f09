#include "cli/servers/server_files.h"

#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/servers/replace_file.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

absl::Status CannotWriteError(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat(
      what,
      ". As a user who may not, print the setup and have it put in place."));
}

absl::Status CannotWriteError(absl::string_view path, absl::string_view why) {
  return CannotWriteError(absl::StrCat("cannot write ", path, ": ", why));
}

// Nothing if there is no such file.
absl::StatusOr<std::optional<std::string>> Read(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::optional<std::string>();
    return CannotWriteError(path, std::strerror(errno));
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!S_ISREG(status.st_mode) || !file) {
    return CannotWriteError(path, "it is no file that can be read");
  }
  return std::optional<std::string>(text.str());
}

// "NAME" of "export NAME=value" and of "NAME = 'value'".
absl::string_view Variable(absl::string_view line) {
  line = absl::StripAsciiWhitespace(line);
  absl::ConsumePrefix(&line, "export ");
  return absl::StripAsciiWhitespace(line.substr(0, line.find('=')));
}

// The text with the line in it.
absl::StatusOr<std::string> WithLine(const ServerFile& file,
                                     const std::string& path,
                                     const std::optional<std::string>& text) {
  if (!text.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, " is missing. Is the server installed? It needs this line: ",
        file.text));
  }
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    if (line == file.text) return *text;
    if (!absl::StartsWith(absl::StripAsciiWhitespace(line), "#") &&
        absl::StrContains(line, '=') && Variable(line) == Variable(file.text)) {
      return absl::FailedPreconditionError(
          absl::StrCat(path, " sets ", Variable(line), " already: \"", line,
                       "\". Merge that file into the one that `keyhold setup` "
                       "prints, and put this line instead: ",
                       file.text));
    }
  }
  const bool open = !text->empty() && text->back() != '\n';
  return absl::StrCat(*text, open ? "\n" : "", file.text, "\n");
}

absl::StatusOr<std::string> NewText(const ServerFile& file,
                                    const std::string& path,
                                    const std::optional<std::string>& text) {
  if (file.kind == ServerFile::Kind::kLine) return WithLine(file, path, text);
  if (text.has_value() && !absl::StartsWith(*text, kOwnFileMark)) {
    return absl::AlreadyExistsError(absl::StrCat(
        path,
        " is there and was not written by `keyhold setup`. Move it away, "
        "or merge it by hand with what `keyhold setup` prints."));
  }
  return file.text;
}

absl::Status Replace(const std::string& path, absl::string_view text) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(),
                                      error);
  if (error) return CannotWriteError(path, error.message());
  const absl::Status written = ReplaceFile(path, text);
  if (written.ok()) return written;
  return CannotWriteError(written.message());
}

}  // namespace

absl::Status WriteServerFiles(const std::vector<ServerFile>& files,
                              absl::string_view root) {
  std::vector<std::pair<std::string, std::string>> changed;
  for (const ServerFile& file : files) {
    const std::string path = absl::StrCat(root, file.path);
    ASSIGN_OR_RETURN(const std::optional<std::string> text, Read(path));
    ASSIGN_OR_RETURN(std::string wanted, NewText(file, path, text));
    if (wanted != text) changed.emplace_back(path, std::move(wanted));
  }
  for (const auto& [path, text] : changed) {
    RETURN_IF_ERROR(Replace(path, text));
  }
  return absl::OkStatus();
}

}  // namespace keyhold
