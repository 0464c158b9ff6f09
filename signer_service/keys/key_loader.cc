#include "signer_service/keys/key_loader.h"

#include <utility>

#include "signer_service/keys/store_reader.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

absl::StatusOr<LoadedKeys> KeyLoader::Load(const KeyStoreSettings& settings,
                                           UsageCeiling ceiling) {
  StoreReader reader(settings, *last_);
  RETURN_IF_ERROR(reader.FindKeys());
  std::vector<KeyFileOutcome> outcomes =
      vault_.ReplaceKeys(reader.TakeKeyFiles(ceiling));
  StoreReader::Result result = reader.Finish(outcomes);
  LoadedKeys loaded;
  loaded.report.problems = problem_log_.Take(std::move(result.problems));
  loaded.report.served = result.catalog->keys().size();
  loaded.report.kept = result.kept;
  loaded.catalog = result.catalog;
  last_ = std::move(result.catalog);
  return loaded;
}

}  // namespace keyhold
