#include "cli/connection_file.h"

#include <filesystem>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tls_lib/base/status_macros.h"
#include "yaml-cpp/yaml.h"

namespace keyhold {
namespace {

constexpr absl::string_view kUnixPrefix = "unix:";

absl::Status Fault(absl::string_view path, const YAML::Mark& mark,
                   absl::string_view what) {
  return absl::FailedPreconditionError(
      mark.is_null() ? absl::StrCat(path, ": ", what)
                     : absl::StrCat(path, ":", mark.line + 1, ": ", what));
}

std::string* FieldNamed(absl::string_view name, std::string& signers,
                        ConnectionFile& file) {
  if (name == "signer") return &signers;
  if (name == "certificate") return &file.certificate;
  if (name == "private_key") return &file.private_key;
  if (name == "ca") return &file.ca;
  if (name == "server_name") return &file.server_name;
  return nullptr;
}

absl::Status ReadFields(absl::string_view path, const YAML::Node& root,
                        std::string& signers, ConnectionFile& file) {
  if (!root.IsMap()) {
    return Fault(path, root.Mark(),
                 "expected lines of the form \"signer: HOST:PORT\"");
  }
  absl::flat_hash_set<std::string> seen;
  for (const auto& entry : root) {
    const std::string name = entry.first.Scalar();
    std::string* field = FieldNamed(name, signers, file);
    if (field == nullptr) {
      return Fault(path, entry.first.Mark(),
                   absl::StrCat("unknown field \"", name,
                                "\": the fields are signer, certificate, "
                                "private_key, ca and server_name"));
    }
    if (!seen.insert(name).second) {
      return Fault(path, entry.first.Mark(),
                   absl::StrCat("\"", name, "\" is given twice"));
    }
    if (!entry.second.IsScalar()) {
      return Fault(path, entry.second.Mark(),
                   absl::StrCat("\"", name, "\" must be text"));
    }
    *field = entry.second.Scalar();
  }
  return absl::OkStatus();
}

void ResolvePaths(absl::string_view path, absl::string_view signers,
                  ConnectionFile& file) {
  const std::filesystem::path folder =
      std::filesystem::path(std::string(path)).parent_path();
  for (std::string* name : {&file.certificate, &file.private_key, &file.ca}) {
    // An absolute right-hand side replaces the left one.
    if (!name->empty()) *name = (folder / *name).string();
  }
  for (absl::string_view signer :
       absl::StrSplit(signers, ',', absl::SkipWhitespace())) {
    signer = absl::StripAsciiWhitespace(signer);
    if (absl::ConsumePrefix(&signer, kUnixPrefix)) {
      file.signers.push_back(
          absl::StrCat(kUnixPrefix, (folder / std::string(signer)).string()));
    } else {
      file.signers.emplace_back(signer);
    }
  }
}

}  // namespace

absl::StatusOr<ConnectionFile> ReadConnectionFile(absl::string_view path) {
  ConnectionFile file;
  std::string signers;
  try {
    const YAML::Node root = YAML::LoadFile(std::string(path));
    RETURN_IF_ERROR(ReadFields(path, root, signers, file));
  } catch (const YAML::BadFile&) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot read the connection file ", path,
                     ": check that it exists and that you may read it"));
  } catch (const YAML::Exception& error) {
    return Fault(path, error.mark, error.msg);
  }
  ResolvePaths(path, signers, file);
  return file;
}

}  // namespace keyhold
