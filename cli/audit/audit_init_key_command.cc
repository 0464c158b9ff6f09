#include "cli/audit/audit_init_key_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "cli/development/generated_key.h"
#include "cli/json_object.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

absl::Status WriteNewFile(const std::string& path, mode_t mode,
                          absl::string_view content) {
  const UniqueFd fd(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": ", strerror(errno)));
  }
  while (!content.empty()) {
    const ssize_t written = write(fd.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      return absl::FailedPreconditionError(
          absl::StrCat(path, ": ", strerror(errno)));
    }
    content.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

std::string PublicFileOf(const std::string& file) {
  return absl::StrCat(absl::StripSuffix(file, ".key"), ".pub");
}

}  // namespace

absl::string_view AuditInitKeyCommand::summary() const {
  return "Make the key that signs an audit log's checkpoints";
}

absl::string_view AuditInitKeyCommand::examples() const {
  return R"(Writes FILE, for audit.key_file of signer.yaml, and its public half beside it:
keep that where the signer's host cannot change it.

Example:
  keyhold audit init-key /etc/keyhold/audit.key)";
}

void AuditInitKeyCommand::AddOptions(CLI::App& app) {
  app.add_option("FILE", file_, "The new private key, NAME.key")->required();
  app.add_flag("--json", json_, "Print the files' names as JSON");
}

absl::Status AuditInitKeyCommand::Run(const Console& console) {
  ASSIGN_OR_RETURN(const GeneratedKey key,
                   GeneratedKey::Create(KeyType::kEd25519));
  ASSIGN_OR_RETURN(const SecretBytes pem, key.ToPem());
  ASSIGN_OR_RETURN(const std::string public_pem, key.ToPublicPem());
  const std::string public_file = PublicFileOf(file_);
  RETURN_IF_ERROR(WriteNewFile(file_, 0600, pem.Reveal()));
  RETURN_IF_ERROR(WriteNewFile(public_file, 0644, public_pem));
  if (json_) {
    console.out << JsonObject()
                       .Add("private_key", file_)
                       .Add("public_key", public_file)
                       .ToText()
                << "\n";
  } else {
    console.out << file_ << ": for audit.key_file of signer.yaml\n"
                << public_file << ": for `keyhold audit verify --public-key`\n";
  }
  return absl::OkStatus();
}

}  // namespace keyhold
