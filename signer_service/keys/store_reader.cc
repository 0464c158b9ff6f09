#include "signer_service/keys/store_reader.h"

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "daemon/open_file_limit.h"
#include "signer_service/keys/key_rules.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

using Severity = KeyProblem::Severity;

namespace {

std::string KeyFileReadableByAll(const std::string& path) {
  return absl::StrCat(path,
                      ": everybody may read this private key; chmod o-r it");
}

std::string SameNameTwice(const std::string& path, const std::string& first) {
  return absl::StrCat(path, ": ", first,
                      " is a key of the same name and is served instead; "
                      "remove one of them, or give it a label "
                      "(NAME@LABEL.key)");
}

std::string SettingWithoutKey(const std::string& id) {
  return absl::StrCat("keys.settings: there is no key ", id);
}

}  // namespace

StoreReader::StoreReader(const KeyStoreSettings& settings,
                         const std::vector<ServedKey>& last)
    : settings_(settings) {
  last_.reserve(last.size());
  for (const ServedKey& key : last) {
    last_.insert({{key.id, key.label}, &key});
  }
}

std::string StoreReader::FoundKey::key_path() const {
  return directory->PathOf(listed.key_file);
}

std::string StoreReader::FoundKey::certificate_path() const {
  return directory->PathOf(listed.certificate_file);
}

absl::Status StoreReader::FindKeys() {
  std::vector<FoundKey> found;
  directories_.reserve(settings_.directories.size());
  for (const std::string& path : settings_.directories) {
    ASSIGN_OR_RETURN(KeyDirectory directory, KeyDirectory::Open(path));
    directories_.push_back(std::move(directory));
    RETURN_IF_ERROR(ListDirectory(directories_.back(), found));
  }
  RETURN_IF_ERROR(EnsureOpenFileLimit(found.size()));
  candidates_.reserve(found.size());
  for (FoundKey& key : found) AddCandidate(std::move(key));
  WarnOfIdleSettings();
  return absl::OkStatus();
}

absl::Status StoreReader::ListDirectory(const KeyDirectory& directory,
                                        std::vector<FoundKey>& found) {
  ASSIGN_OR_RETURN(KeyDirectory::Listing listing, directory.List());
  for (KeyProblem& problem : listing.problems) {
    problems_.push_back(std::move(problem));
  }
  for (ListedKey& listed : listing.keys) {
    FoundKey key{&directory, std::move(listed)};
    auto [first, is_first] =
        paths_.try_emplace({key.listed.id, key.listed.label}, key.key_path());
    if (is_first) {
      found.push_back(std::move(key));
    } else {
      Report(Severity::kError, key.key_path(),
             SameNameTwice(key.key_path(), first->second));
    }
  }
  return absl::OkStatus();
}

void StoreReader::AddCandidate(FoundKey found) {
  Candidate candidate;
  candidate.found = std::move(found);
  const bool certificate_is_good = ReadCertificate(candidate);
  const bool key_is_open = OpenKeyFile(candidate);
  if (!certificate_is_good || !key_is_open) {
    const ListedKey& listed = candidate.found.listed;
    const ServedKey* last = Last(listed);
    if (last == nullptr) return;
    candidate.at_fault = true;
    candidate.fd.Reset();
    candidate.roles = last->roles;
  }
  candidates_.push_back(std::move(candidate));
}

bool StoreReader::ReadCertificate(Candidate& candidate) {
  const FoundKey& found = candidate.found;
  const CertificateFields* leaf = nullptr;
  if (!found.listed.certificate_file.empty()) {
    absl::StatusOr<CertificateFile> file =
        certificates_.Read(*found.directory, found.listed.certificate_file);
    if (!file.ok()) {
      ReportError(found.certificate_path(), file.status());
      return false;
    }
    candidate.certificate = *std::move(file);
    leaf = &candidate.certificate->leaf;
  }
  absl::StatusOr<RoleSet> roles =
      DecideRoles(SettingOf(found.listed.id).roles, leaf);
  if (!roles.ok()) {
    Report(
        Severity::kError, found.certificate_path(),
        absl::StrCat(found.certificate_path(), ": ", roles.status().message()));
    return false;
  }
  candidate.roles = *roles;
  return true;
}

bool StoreReader::OpenKeyFile(Candidate& candidate) {
  const FoundKey& found = candidate.found;
  absl::StatusOr<OpenedFile> file =
      found.directory->OpenFile(found.listed.key_file);
  if (!file.ok()) {
    ReportError(found.key_path(), file.status());
    return false;
  }
  if (file->world_readable) {
    Report(Severity::kWarning, found.key_path(),
           KeyFileReadableByAll(found.key_path()));
  }
  candidate.fd = std::move(file->fd);
  return true;
}

void StoreReader::WarnOfIdleSettings() {
  absl::flat_hash_set<absl::string_view> ids;
  for (const auto& [name, path] : paths_) ids.insert(name.first);
  for (const auto& [id, setting] : settings_.by_id) {
    if (!ids.contains(id))
      Report(Severity::kWarning, "", SettingWithoutKey(id));
  }
}

std::vector<KeyFile> StoreReader::TakeKeyFiles(
    absl::FunctionRef<UsageSet(absl::string_view id, RoleSet roles)> ceiling) {
  std::vector<KeyFile> files;
  files.reserve(candidates_.size());
  for (Candidate& candidate : candidates_) {
    const ListedKey& listed = candidate.found.listed;
    KeyFile file;
    file.id = listed.id;
    file.label = listed.label;
    file.path = candidate.found.key_path();
    file.fd = std::move(candidate.fd);
    file.usage_ceiling = ceiling(listed.id, candidate.roles);
    file.schemes = SettingOf(listed.id).schemes;
    if (candidate.certificate.has_value()) {
      file.expected_spki = candidate.certificate->leaf.spki;
    }
    files.push_back(std::move(file));
  }
  return files;
}

StoreReader::Result StoreReader::Finish(
    const std::vector<HandedOverKey>& outcomes) {
  Result result;
  result.keys.reserve(candidates_.size());
  for (size_t i = 0; i < candidates_.size(); ++i) {
    Candidate& candidate = candidates_[i];
    const HandedOverKey& outcome = outcomes[i];
    if (outcome.status.ok()) {
      result.keys.push_back(NewEntry(candidate, *outcome.serving_spki));
      continue;
    }
    if (!candidate.at_fault) {
      ReportError(candidate.found.key_path(), outcome.status);
    }
    const ServedKey* last = Last(candidate.found.listed);
    if (last != nullptr && outcome.serving_spki == last->spki) {
      result.keys.push_back(*last);
      result.keys.back().kept = true;
    }
  }
  result.problems = std::move(problems_);
  return result;
}

ServedKey StoreReader::NewEntry(Candidate& candidate, const std::string& spki) {
  const FoundKey& found = candidate.found;
  ServedKey key;
  key.id = found.listed.id;
  key.label = found.listed.label;
  key.spki = spki;
  key.roles = candidate.roles;
  key.schemes = SettingOf(found.listed.id).schemes;
  key.path = found.key_path();
  if (!candidate.certificate.has_value()) return key;
  CertificateFile& certificate = *candidate.certificate;
  std::optional<std::string> warning = ValidityWarning(certificate.leaf, now_);
  if (warning.has_value()) {
    Report(Severity::kWarning, found.certificate_path(),
           absl::StrCat(found.certificate_path(), ": ", *warning));
  }
  key.chain = std::move(certificate.chain);
  return key;
}

const ServedKey* StoreReader::Last(const ListedKey& listed) const {
  auto found = last_.find({listed.id, listed.label});
  return found == last_.end() ? nullptr : found->second;
}

const KeySetting& StoreReader::SettingOf(const std::string& id) const {
  static const KeySetting& none = *new KeySetting();
  auto it = settings_.by_id.find(id);
  return it == settings_.by_id.end() ? none : it->second;
}

void StoreReader::Report(Severity severity, std::string path,
                         std::string message) {
  problems_.push_back({severity, std::move(path), std::move(message)});
}

void StoreReader::ReportError(std::string path, const absl::Status& status) {
  Report(Severity::kError, std::move(path), std::string(status.message()));
}

}  // namespace keyhold
