#include "cli/key_argument.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/exit_code.h"
#include "cli/input_file.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/certificate_fields.h"
#include "tls_lib/core/certified_key.h"
#include "tls_lib/core/public_key.h"

namespace keyhold {
namespace {

constexpr size_t kSha256HexDigits = 64;
constexpr size_t kMaxCertificateBytes = 1 << 20;

absl::StatusOr<std::string> ParseSha256(absl::string_view hex) {
  const bool good =
      hex.size() == kSha256HexDigits &&
      std::all_of(hex.begin(), hex.end(), [](char c) {
        return absl::ascii_isxdigit(static_cast<unsigned char>(c));
      });
  if (!good) {
    return UsageError(absl::StrCat("\"sha256:", hex,
                                   "\" needs 64 hexadecimal digits: `keyhold "
                                   "keys show` prints them"));
  }
  return absl::HexStringToBytes(hex);
}

// By this name the signer knows the leaf's key.
absl::StatusOr<std::string> LeafSpkiSha256(absl::string_view pem) {
  ASSIGN_OR_RETURN(const std::vector<std::string> chain,
                   ParsePemCertificates(pem));
  ASSIGN_OR_RETURN(const CertificateFields leaf,
                   ReadCertificateFields(chain[0]));
  ASSIGN_OR_RETURN(const PublicKey key, PublicKey::FromSpki(leaf.spki));
  return std::string(key.spki_sha256());
}

absl::StatusOr<std::string> HashOfCertificateFile(absl::string_view path,
                                                  const Console& console) {
  ASSIGN_OR_RETURN(const std::string pem,
                   ReadInput(path, kMaxCertificateBytes, console));
  absl::StatusOr<std::string> hash = LeafSpkiSha256(pem);
  if (!hash.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": ", hash.status().message()));
  }
  return hash;
}

}  // namespace

absl::StatusOr<signer::v1::KeySelector> ParseKeyArgument(
    absl::string_view text, const Console& console) {
  signer::v1::KeySelector selector;
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "sha256:")) {
    ASSIGN_OR_RETURN(*selector.mutable_spki_sha256(), ParseSha256(rest));
  } else if (absl::ConsumePrefix(&rest, "name:")) {
    selector.set_server_name(std::string(rest));
  } else if (absl::ConsumePrefix(&rest, "cert:")) {
    ASSIGN_OR_RETURN(*selector.mutable_spki_sha256(),
                     HashOfCertificateFile(rest, console));
  } else {
    absl::ConsumePrefix(&rest, "id:");
    selector.set_id(std::string(rest));
  }
  if (rest.empty()) {
    return UsageError(
        absl::StrCat("\"", text, "\" names no key: use ", kKeyArgumentHelp));
  }
  return selector;
}

absl::StatusOr<signer::v1::Key> FindOneKey(SignerClient& client,
                                           absl::string_view text,
                                           const Console& console) {
  ASSIGN_OR_RETURN(const signer::v1::KeySelector selector,
                   ParseKeyArgument(text, console));
  ASSIGN_OR_RETURN(const std::vector<signer::v1::Key> keys,
                   client.GetKey(selector));
  if (keys.size() == 1) return keys[0];
  std::string choices;
  for (const signer::v1::Key& key : keys) {
    absl::StrAppend(
        &choices, "\n  sha256:", absl::BytesToHexString(key.spki_sha256()),
        "  ", key.id(), key.label().empty() ? "" : "@", key.label());
  }
  return UsageError(absl::StrCat("\"", text, "\" names ", keys.size(),
                                 " keys: name one of them by its hash",
                                 choices));
}

}  // namespace keyhold
