#include "cli/input_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

constexpr size_t kChunk = 64 << 10;

}  // namespace

absl::StatusOr<std::string> ReadInput(absl::string_view path, size_t max_bytes,
                                      const Console& console) {
  const std::string name(path);
  std::ifstream file;
  if (name != "-") file.open(name, std::ios::binary);
  if (!file) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot read ", name, ": ", std::strerror(errno)));
  }
  std::istream& in = name == "-" ? console.in : file;
  std::string bytes;
  while (in && bytes.size() <= max_bytes) {
    const size_t size = bytes.size();
    bytes.resize(size + kChunk);
    in.read(&bytes[size], kChunk);
    bytes.resize(size + static_cast<size_t>(in.gcount()));
  }
  if (in.bad()) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot read ", name, ": ", std::strerror(errno)));
  }
  if (bytes.size() > max_bytes) {
    return absl::FailedPreconditionError(absl::StrCat(
        name, " is too long: at most ", max_bytes, " bytes can be used here"));
  }
  return bytes;
}

}  // namespace keyhold
