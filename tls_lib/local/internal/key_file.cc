#include "tls_lib/local/internal/key_file.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "openssl/err.h"
#include "openssl/evp.h"
#include "tls_lib/base/pem.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold::internal {
namespace {

using absl::string_view;

constexpr string_view kKeyLabels[] = {"PRIVATE KEY", "RSA PRIVATE KEY",
                                      "EC PRIVATE KEY"};
constexpr string_view kPemStart = "-----BEGIN ";

absl::Status EmptyError() {
  return absl::InvalidArgumentError("the key file is empty");
}

absl::Status NoKeyBlockError(const std::vector<string_view>& found) {
  return absl::InvalidArgumentError(absl::StrCat(
      "no private key: the PEM text has only ", absl::StrJoin(found, ", "),
      "; expected PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY"));
}

absl::Status OpensshError() {
  return absl::InvalidArgumentError(
      "the key is in OpenSSH's own format; convert it with: ssh-keygen -p -m "
      "PKCS8 -f FILE");
}

absl::Status TwoKeysError() {
  return absl::InvalidArgumentError(
      "the file holds two private keys; put each in a file of its own");
}

absl::Status NotBase64Error() {
  ERR_clear_error();
  return absl::InvalidArgumentError(
      "the private key's PEM block is not valid base64; is the file damaged?");
}

bool IsSpace(char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; }

// Every buffer is in the secure heap: neither OpenSSL's own PEM reader nor
// Abseil's base64 wipes what it leaves behind.
absl::StatusOr<SecretBytes> DecodeBase64(string_view body) {
  const auto spaces = absl::c_count_if(body, IsSpace);
  ASSIGN_OR_RETURN(SecretBytes text, SecretBytes::OfSize(body.size() - spaces));
  if (text.empty() || text.size() % 4 != 0) return NotBase64Error();
  absl::c_copy_if(body, text.data(), [](char c) { return !IsSpace(c); });
  size_t padding = 0;
  while (padding < 2 && text.Reveal()[text.size() - 1 - padding] == '=') {
    ++padding;
  }
  // OpenSSL takes '=' anywhere.
  const auto equal_signs = absl::c_count(text.Reveal(), '=');
  if (static_cast<size_t>(equal_signs) != padding) return NotBase64Error();
  const size_t padded_size = text.size() / 4 * 3;
  ASSIGN_OR_RETURN(SecretBytes padded, SecretBytes::OfSize(padded_size));
  if (EVP_DecodeBlock(padded.data(), text.data(),
                      static_cast<int>(text.size())) !=
      static_cast<int>(padded_size)) {
    return NotBase64Error();
  }
  return SecretBytes::CopyOf(padded.Reveal().substr(0, padded_size - padding));
}

absl::StatusOr<SecretBytes> ReadPem(string_view text) {
  PemReader reader(text);
  std::optional<PemBlock> key;
  std::vector<string_view> others;
  while (true) {
    ASSIGN_OR_RETURN(std::optional<PemBlock> block, reader.Next());
    if (!block) break;
    if (block->label == "ENCRYPTED PRIVATE KEY") return EncryptedKeyError();
    if (block->label == "OPENSSH PRIVATE KEY") return OpensshError();
    if (!absl::c_linear_search(kKeyLabels, block->label)) {
      others.push_back(block->label);
    } else if (key) {
      return TwoKeysError();
    } else {
      key = block;
    }
  }
  if (!key) return NoKeyBlockError(others);
  // The older form, in header lines (RFC 1421 §4.6.1.1).
  if (absl::StrContains(key->body, "Proc-Type: 4,ENCRYPTED")) {
    return EncryptedKeyError();
  }
  return DecodeBase64(key->body);
}

}  // namespace

absl::Status EncryptedKeyError() {
  return absl::InvalidArgumentError(
      "the private key is encrypted with a password; a service starts with "
      "nobody there to type it, and a password stored beside the key protects "
      "nothing. Decrypt it (openssl pkey -in FILE -out KEY) to where only the "
      "signer can read it, or keep it as a sealed credential of the service "
      "manager (systemd-creds encrypt), or in an HSM");
}

absl::Status NotAPrivateKeyError() {
  return absl::InvalidArgumentError(
      "not a private key; expected PKCS#8, PKCS#1 (RSA) or SEC1 (EC), in PEM "
      "or DER");
}

absl::StatusOr<SecretBytes> ReadKeyFile(const SecretBytes& encoded) {
  const string_view bytes = encoded.Reveal();
  if (absl::c_all_of(bytes, IsSpace)) return EmptyError();
  if (absl::StrContains(bytes, kPemStart)) return ReadPem(bytes);
  return SecretBytes::CopyOf(bytes);
}

}  // namespace keyhold::internal
