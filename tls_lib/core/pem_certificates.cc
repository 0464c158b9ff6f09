// Apart from certified_key.cc, which needs cryptography.
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/pem.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/certificate_fields.h"
#include "tls_lib/core/certified_key.h"

namespace keyhold {
namespace {

using absl::string_view;

constexpr string_view kCertificateLabel = "CERTIFICATE";

absl::Status NoCertificateError() {
  return absl::InvalidArgumentError(
      "no certificate: there is no CERTIFICATE block in the PEM text");
}

// Counted from 1, as people count.
absl::Status BadCertificateError(size_t index, const absl::Status& why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "certificate ", index + 1, " of the chain: ", why.message()));
}

absl::Status NotBase64Error(size_t index) {
  return absl::InvalidArgumentError(absl::StrCat(
      "certificate ", index + 1, " of the chain is not valid base64"));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParsePemCertificates(string_view pem) {
  std::vector<std::string> chain;
  PemReader reader(pem);
  while (true) {
    ASSIGN_OR_RETURN(std::optional<PemBlock> block, reader.Next());
    if (!block) break;
    if (block->label != kCertificateLabel) continue;
    std::string der;
    if (!absl::Base64Unescape(block->body, &der)) {
      return NotBase64Error(chain.size());
    }
    absl::Status status = ReadCertificateFields(der).status();
    if (!status.ok()) return BadCertificateError(chain.size(), status);
    chain.push_back(std::move(der));
  }
  if (chain.empty()) return NoCertificateError();
  return chain;
}

}  // namespace keyhold
