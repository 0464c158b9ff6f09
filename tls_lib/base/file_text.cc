#include "tls_lib/base/file_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

constexpr size_t kMaxFileBytes = size_t{16} << 20;

}  // namespace

absl::StatusOr<std::string> ReadFileText(absl::string_view path) {
  const std::string name(path);
  const UniqueFd fd(open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return absl::ErrnoToStatus(errno, name);
  std::string text;
  char buffer[65536];
  while (true) {
    const ssize_t count = read(fd.get(), buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, name);
    if (count == 0) return text;
    text.append(buffer, static_cast<size_t>(count));
    if (text.size() > kMaxFileBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": has more than 16 MiB"));
    }
  }
}

}  // namespace keyhold
