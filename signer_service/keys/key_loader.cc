#include "signer_service/keys/key_loader.h"

#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "signer_service/keys/catalog_maker.h"
#include "signer_service/keys/store_reader.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

absl::StatusOr<LoadedKeys> KeyLoader::Load(const KeyStoreSettings& settings,
                                           UsageCeiling ceiling) {
  StoreReader reader(settings, last_);
  RETURN_IF_ERROR(reader.FindKeys());
  std::vector<HandedOverKey> handed_over;
  // The vault has parsed them already.
  absl::flat_hash_map<std::string, PublicKey> public_keys;
  for (KeyFileOutcome& outcome :
       vault_.ReplaceKeys(reader.TakeKeyFiles(ceiling))) {
    HandedOverKey& key = handed_over.emplace_back();
    key.status = std::move(outcome.status);
    if (!outcome.serving.has_value()) continue;
    key.serving_spki = std::string(outcome.serving->spki());
    public_keys.insert({*key.serving_spki, *std::move(outcome.serving)});
  }
  StoreReader::Result result = reader.Finish(handed_over);
  ASSIGN_OR_RETURN(
      MadeCatalog made, MakeCatalog(result.keys, [&](absl::string_view spki) {
        return absl::StatusOr<PublicKey>(public_keys.at(std::string(spki)));
      }));
  absl::c_move(made.problems, std::back_inserter(result.problems));
  last_ = std::move(result.keys);
  LoadedKeys loaded;
  loaded.report.problems = problem_log_.Take(std::move(result.problems));
  loaded.report.served = last_.size();
  loaded.report.kept = static_cast<size_t>(
      absl::c_count_if(last_, [](const ServedKey& key) { return key.kept; }));
  loaded.catalog = std::move(made.catalog);
  return loaded;
}

}  // namespace keyhold
