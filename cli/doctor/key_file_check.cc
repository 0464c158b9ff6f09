#include "cli/doctor/key_file_check.h"

#include <sys/stat.h>

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "openssl/crypto.h"
#include "tls_lib/base/file_text.h"
#include "tls_lib/core/key_type.h"

namespace keyhold {
namespace {

constexpr char kSubject[] = "key file";
// Bytes of a key's hash that stand in a line.
constexpr size_t kShownHashBytes = 8;

std::string Describe(const std::string& path, const agent::KeyFile& file) {
  return absl::StrCat(
      path, ": key ", file.key_id, " (", KeyTypeName(file.key.type()), ", ",
      absl::BytesToHexString(file.key.spki_sha256().substr(0, kShownHashBytes)),
      "), agent ", file.agent.address.text());
}

}  // namespace

KeyFileFindings CheckKeyFile(const std::string& path) {
  KeyFileFindings result;
  absl::StatusOr<std::string> text = ReadFileText(path);
  if (!text.ok()) {
    result.findings.push_back(
        Fault(kSubject, std::string(text.status().message()),
              "write it with `keyhold key-file KEY -o FILE`"));
    return result;
  }
  const bool holds_a_key = absl::StrContains(*text, "PRIVATE KEY-----");
  absl::StatusOr<agent::KeyFile> file = agent::DecodeKeyFilePem(*text);
  OPENSSL_cleanse(text->data(), text->size());
  if (holds_a_key) {
    result.findings.push_back(
        Fault(kSubject, absl::StrCat(path, ": holds a private key"),
              "take the key away from this host: import it on the signer, "
              "write a key file in its place, and consider the key known to "
              "whoever could read it here"));
  }
  if (!file.ok()) {
    result.findings.push_back(
        Fault(kSubject, absl::StrCat(path, ": ", file.status().message()),
              "write it anew with `keyhold key-file KEY -o FILE`"));
    return result;
  }
  struct stat info;
  if (stat(path.c_str(), &info) == 0 && (info.st_mode & 0022) != 0) {
    result.findings.push_back(
        Fault(kSubject,
              absl::StrCat(path,
                           ": others than its owner may write it, and "
                           "so have the server ask another agent"),
              "chmod go-w it"));
  }
  if (result.findings.empty()) {
    result.findings.push_back(Good(kSubject, Describe(path, *file)));
  }
  result.file = *std::move(file);
  return result;
}

}  // namespace keyhold
