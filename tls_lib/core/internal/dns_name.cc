#include "tls_lib/core/internal/dns_name.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace keyhold::internal {
namespace {

constexpr size_t kMostNameBytes = 253;
constexpr size_t kMostLabelBytes = 63;

bool IsLabel(absl::string_view label) {
  if (label.empty() || label.size() > kMostLabelBytes) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  for (char c : label) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_isalnum(byte) && c != '-' && c != '_') return false;
  }
  return true;
}

}  // namespace

bool IsDnsName(absl::string_view name) {
  if (name.empty() || name.size() > kMostNameBytes) return false;
  for (absl::string_view label : absl::StrSplit(name, '.')) {
    if (!IsLabel(label)) return false;
  }
  return true;
}

bool IsWildcardName(absl::string_view name) {
  return absl::ConsumePrefix(&name, "*.") && IsDnsName(name);
}

}  // namespace keyhold::internal
