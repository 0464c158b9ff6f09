#include "cli/audit/audit_public_key.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/input_file.h"
#include "tls_lib/base/pem.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr size_t kMaxFileBytes = 65536;

}  // namespace

absl::StatusOr<PublicKey> ReadAuditPublicKey(absl::string_view path,
                                             const Console& console) {
  ASSIGN_OR_RETURN(const std::string text,
                   ReadInput(path, kMaxFileBytes, console));
  PemReader reader(text);
  const absl::StatusOr<std::optional<PemBlock>> block = reader.Next();
  std::string spki;
  if (block.ok() && block->has_value() && (*block)->label == "PUBLIC KEY" &&
      absl::Base64Unescape((*block)->body, &spki)) {
    const absl::StatusOr<PublicKey> key = PublicKey::FromSpki(spki);
    if (key.ok() && key->type() == KeyType::kEd25519) return key;
  }
  return absl::FailedPreconditionError(absl::StrCat(
      path,
      ": is no Ed25519 public key in PEM (-----BEGIN PUBLIC KEY-----); "
      "`keyhold audit init-key` wrote it beside the private one"));
}

}  // namespace keyhold
