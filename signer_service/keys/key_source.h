// Where the front gets its keys from.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_KEY_SOURCE_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_KEY_SOURCE_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "signer_service/core/role_set.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/keys/key_catalog.h"
#include "signer_service/keys/key_problem.h"
#include "signer_service/keys/key_settings.h"

namespace keyhold {

struct KeyLoadReport {
  // Errors and warnings of this load, in order of path. An entry that was
  // reported before and whose file has not changed since is marked `repeated`.
  std::vector<KeyProblem> problems;
  // Keys that are served now.
  size_t served = 0;
  // Of these, keys whose file, certificate or setting is at fault now, so that
  // the last good ones are served.
  size_t kept = 0;
};

struct LoadedKeys {
  std::shared_ptr<const KeyCatalog> catalog;
  KeyLoadReport report;
};

// Not thread-safe.
class KeySource {
 public:
  // What any rule allows for the keys of `id` in these roles.
  using UsageCeiling =
      absl::FunctionRef<UsageSet(absl::string_view id, RoleSet roles)>;

  virtual ~KeySource() = default;

  // Sees to it that the vault holds the keys of `settings` under this ceiling,
  // and says what it holds. Single files never fail it: see the report.
  virtual absl::StatusOr<LoadedKeys> Load(const KeyStoreSettings& settings,
                                          UsageCeiling ceiling) = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_KEY_SOURCE_H_
