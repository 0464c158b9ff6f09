#include "signer_service/supervisor/transport_files.h"

#include <errno.h>
#include <sys/stat.h>

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "signer_service/process/memory_file.h"
#include "tls_lib/base/file_text.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

// Another one after every change of the file, also by renaming.
std::string StateOf(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return "";
  return absl::StrCat(info.st_dev, " ", info.st_ino, " ", info.st_size, " ",
                      info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec, " ",
                      info.st_ctim.tv_sec, ".", info.st_ctim.tv_nsec);
}

}  // namespace

absl::StatusOr<TransportFiles> TransportFiles::Open(
    absl::Span<const TcpListenerSettings> listeners) {
  TransportFiles files;
  for (const TcpListenerSettings& listener : listeners) {
    for (const std::string& path :
         {listener.certificate_file, listener.private_key_file,
          listener.client_ca_file}) {
      files.states_.push_back(StateOf(path));
      ASSIGN_OR_RETURN(const std::string text, ReadFileText(path));
      ASSIGN_OR_RETURN(UniqueFd copy, MakeMemoryFile(text));
      files.paths_.push_back(path);
      files.copies_.push_back(std::move(copy));
    }
  }
  return files;
}

absl::Status TransportFiles::Refresh() {
  absl::Status worst;
  for (size_t i = 0; i < paths_.size(); ++i) {
    const std::string state = StateOf(paths_[i]);
    if (state == states_[i]) continue;
    // Once for each change, whatever comes of it.
    states_[i] = state;
    const absl::StatusOr<std::string> text = ReadFileText(paths_[i]);
    worst.Update(text.ok() ? RewriteMemoryFile(copies_[i], *text)
                           : text.status());
  }
  return worst;
}

}  // namespace keyhold
