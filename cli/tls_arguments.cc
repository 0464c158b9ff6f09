#include "cli/tls_arguments.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/exit_code.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

absl::StatusOr<signer::v1::Role> ParseRole(absl::string_view text,
                                           const signer::v1::Key& key) {
  if (text == "server") return signer::v1::ROLE_SERVER;
  if (text == "client") return signer::v1::ROLE_CLIENT;
  if (!text.empty()) {
    return UsageError(
        absl::StrCat("\"", text, "\" is no role: use server or client"));
  }
  bool client = false;
  for (const int usage : key.usages()) {
    if (usage == signer::v1::USAGE_TLS13_SERVER ||
        usage == signer::v1::USAGE_TLS12_SERVER) {
      return signer::v1::ROLE_SERVER;
    }
    client = client || usage == signer::v1::USAGE_TLS13_CLIENT ||
             usage == signer::v1::USAGE_TLS12_CLIENT;
  }
  return client ? signer::v1::ROLE_CLIENT : signer::v1::ROLE_SERVER;
}

absl::StatusOr<signer::v1::TlsVersion> ParseTlsVersion(absl::string_view text) {
  if (text == "1.2") return signer::v1::TLS_VERSION_1_2;
  if (text == "1.3") return signer::v1::TLS_VERSION_1_3;
  return UsageError(
      absl::StrCat("\"", text, "\" is no version of TLS: use 1.2 or 1.3"));
}

absl::StatusOr<uint32_t> ParseSchemeArgument(absl::string_view text) {
  if (absl::StartsWith(text, "0x")) {
    uint32_t point = 0;
    if (absl::SimpleHexAtoi(text, &point) && point <= 0xffff) return point;
    return UsageError(
        absl::StrCat("\"", text, "\" is no code point: use 0x0000 to 0xffff"));
  }
  const absl::StatusOr<SignatureScheme> scheme = ParseSchemeName(text);
  if (!scheme.ok()) return UsageError(scheme.status().message());
  return static_cast<uint32_t>(*scheme);
}

absl::StatusOr<std::vector<uint32_t>> ParseOffered(
    const std::vector<std::string>& texts) {
  std::vector<uint32_t> offered;
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(const uint32_t scheme, ParseSchemeArgument(text));
    offered.push_back(scheme);
  }
  if (texts.empty()) {
    for (const SchemeInfo& info : AllSchemes()) {
      offered.push_back(static_cast<uint32_t>(info.scheme));
    }
  }
  return offered;
}

std::string CodePointText(uint32_t scheme) {
  return absl::StrFormat("0x%04x", scheme);
}

}  // namespace keyhold
