#include "cli/development/development_site.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

// RFC 1035 §2.3.4, without the final dot.
constexpr size_t kMaxNameLength = 253;
constexpr size_t kMaxLabelLength = 63;

constexpr std::pair<absl::string_view, KeyType> kTypes[] = {
    {"rsa", KeyType::kRsa},        {"rsa-pss", KeyType::kRsaPss},
    {"p256", KeyType::kEcdsaP256}, {"p384", KeyType::kEcdsaP384},
    {"p521", KeyType::kEcdsaP521}, {"ed25519", KeyType::kEd25519},
    {"ed448", KeyType::kEd448},
};

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelLength &&
         !absl::StartsWith(label, "-") && !absl::EndsWith(label, "-") &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-';
         });
}

bool IsDnsName(absl::string_view name) {
  const std::vector<absl::string_view> labels = absl::StrSplit(name, '.');
  return name.size() <= kMaxNameLength &&
         std::all_of(labels.begin(), labels.end(), IsLabel);
}

absl::StatusOr<KeyType> ParseType(absl::string_view text) {
  for (const auto& [name, type] : kTypes) {
    if (name == text) return type;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text,
                   "\" is no type of key: use rsa, rsa-pss, p256, "
                   "p384, p521, ed25519 or ed448"));
}

}  // namespace

absl::StatusOr<DevelopmentSite> ParseDevelopmentSite(absl::string_view text) {
  DevelopmentSite site;
  const size_t colon = text.find(':');
  const absl::string_view name = text.substr(0, colon);
  if (!IsDnsName(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", name,
                     "\" is no site name: use a DNS name of letters, digits "
                     "and hyphens, such as www.example.test"));
  }
  site.name = absl::AsciiStrToLower(name);
  if (colon != absl::string_view::npos) {
    ASSIGN_OR_RETURN(site.key_type, ParseType(text.substr(colon + 1)));
  }
  return site;
}

std::vector<DevelopmentSite> DefaultDevelopmentSites() {
  return {{"rsa.example.test", KeyType::kRsa},
          {"ecdsa.example.test", KeyType::kEcdsaP256},
          {"ed25519.example.test", KeyType::kEd25519}};
}

}  // namespace keyhold
