#include "tls_lib/agent/key_pattern.h"

#include <cstddef>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace keyhold {
namespace {

constexpr size_t kHashDigits = 64;

absl::Status NotAHash(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text,
                   "\": expected 64 hexadecimal digits after "
                   "\"sha256:\", as keyhold keys list prints them"));
}

absl::Status NotAPattern(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text,
                   "\": expected a key's id, which may end in "
                   "\"*\", or \"sha256:\" and a hash"));
}

}  // namespace

absl::StatusOr<KeyPattern> KeyPattern::Parse(absl::string_view text) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "sha256:")) {
    if (rest.size() != kHashDigits ||
        !absl::c_all_of(
            rest, [](unsigned char c) { return absl::ascii_isxdigit(c); })) {
      return NotAHash(text);
    }
    return KeyPattern(Kind::kHash, absl::HexStringToBytes(rest));
  }
  const bool is_prefix = absl::ConsumeSuffix(&rest, "*");
  if (absl::StrContains(rest, '*') || (rest.empty() && !is_prefix)) {
    return NotAPattern(text);
  }
  return KeyPattern(is_prefix ? Kind::kPrefix : Kind::kId, std::string(rest));
}

bool KeyPattern::MatchesId(absl::string_view id) const {
  switch (kind_) {
    case Kind::kId:
      return id == text_;
    case Kind::kPrefix:
      return absl::StartsWith(id, text_);
    case Kind::kHash:
      return false;
  }
  return false;
}

}  // namespace keyhold
