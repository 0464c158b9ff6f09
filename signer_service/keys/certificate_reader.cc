#include "signer_service/keys/certificate_reader.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/certified_key.h"

namespace keyhold {

namespace {

absl::Status InFile(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(path, ": ", status.message()));
}

}  // namespace

absl::StatusOr<CertificateFile> CertificateReader::Read(
    const KeyDirectory& directory, absl::string_view name) {
  ASSIGN_OR_RETURN(std::string text, directory.ReadCertificateFile(name));
  absl::StatusOr<std::vector<std::string>> chain = ParsePemCertificates(text);
  if (!chain.ok()) return InFile(directory.PathOf(name), chain.status());
  absl::StatusOr<CertificateFields> leaf =
      ReadCertificateFields(chain->front());
  if (!leaf.ok()) return InFile(directory.PathOf(name), leaf.status());
  CertificateFile file;
  file.leaf = *std::move(leaf);
  file.chain.reserve(chain->size());
  for (std::string& der : *chain) {
    // Each leaf is its own; what is above it is not.
    file.chain.push_back(file.chain.empty()
                             ? std::make_shared<const std::string>(der)
                             : Share(std::move(der)));
  }
  return file;
}

SharedDer CertificateReader::Share(std::string der) {
  auto known = issuers_.find(der);
  if (known != issuers_.end()) return known->second;
  auto shared = std::make_shared<const std::string>(std::move(der));
  issuers_.emplace(*shared, shared);
  return shared;
}

}  // namespace keyhold
