// One load of the key store: finds keys and certificates, and says what is
// served once the vault has the keys. Free of OpenSSL, for the supervisor.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_STORE_READER_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_STORE_READER_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "signer_service/core/role_set.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/keys/certificate_reader.h"
#include "signer_service/keys/key_directory.h"
#include "signer_service/keys/key_problem.h"
#include "signer_service/keys/key_settings.h"
#include "signer_service/keys/served_key.h"
#include "signer_service/vault/vault.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// FindKeys, then TakeKeyFiles, then Finish, each once. Not thread-safe.
class StoreReader {
 public:
  // Both must outlive this. `last` has the last good keys.
  StoreReader(const KeyStoreSettings& settings,
              const std::vector<ServedKey>& last);

  // Lists the folders, opens the key files and reads the certificates. Errors
  // as KeyLoader::Load.
  absl::Status FindKeys();

  // What the vault is to hold. A file without descriptor is at fault and was
  // reported: the vault keeps the last good key of its name.
  std::vector<KeyFile> TakeKeyFiles(
      absl::FunctionRef<UsageSet(absl::string_view id, RoleSet roles)> ceiling);

  struct Result {
    std::vector<ServedKey> keys;
    // As they were found.
    std::vector<KeyProblem> problems;
  };
  // `outcomes` are the vault's, one for each of TakeKeyFiles.
  Result Finish(const std::vector<HandedOverKey>& outcomes);

 private:
  // One key file, and where it is.
  struct FoundKey {
    std::string key_path() const;
    std::string certificate_path() const;

    const KeyDirectory* directory;
    ListedKey listed;
  };

  // A key on its way to the vault, and what the catalog will say of it.
  struct Candidate {
    FoundKey found;
    UniqueFd fd;
    bool at_fault = false;
    std::optional<CertificateFile> certificate;
    RoleSet roles;
  };

  absl::Status ListDirectory(const KeyDirectory& directory,
                             std::vector<FoundKey>& found);
  void AddCandidate(FoundKey found);
  // False, and reported, if the certificate or the roles are at fault.
  bool ReadCertificate(Candidate& candidate);
  // False, and reported, if it cannot be opened.
  bool OpenKeyFile(Candidate& candidate);
  ServedKey NewEntry(Candidate& candidate, const std::string& spki);
  // Null if there was none.
  const ServedKey* Last(const ListedKey& listed) const;
  void WarnOfIdleSettings();
  const KeySetting& SettingOf(const std::string& id) const;

  void Report(KeyProblem::Severity severity, std::string path,
              std::string message);
  // For a status whose message names the path already.
  void ReportError(std::string path, const absl::Status& status);

  const KeyStoreSettings& settings_;
  absl::flat_hash_map<std::pair<std::string, std::string>, const ServedKey*>
      last_;
  const absl::Time now_ = absl::Now();
  // FoundKeys point into it.
  std::vector<KeyDirectory> directories_;
  CertificateReader certificates_;
  // By id and label: the path of the first file of that name.
  absl::flat_hash_map<std::pair<std::string, std::string>, std::string> paths_;
  std::vector<Candidate> candidates_;
  std::vector<KeyProblem> problems_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_STORE_READER_H_
