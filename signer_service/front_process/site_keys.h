// The front's keys, as the supervisor tells of them.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_PROCESS_SITE_KEYS_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_PROCESS_SITE_KEYS_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "keyhold/processes/v1/control.pb.h"
#include "signer_service/keys/key_catalog.h"
#include "signer_service/keys/key_source.h"

namespace keyhold {

// The vault has the keys already: this makes the catalog. Not thread-safe.
class SiteKeys final : public KeySource {
 public:
  explicit SiteKeys(processes::v1::Site site) : site_(std::move(site)) {}

  const processes::v1::Site& site() const { return site_; }
  // What the next Load answers from.
  void Set(processes::v1::Site site) { site_ = std::move(site); }

  // Settings and ceiling are the supervisor's and not asked here.
  // InvalidArgument: the site makes no sense.
  absl::StatusOr<LoadedKeys> Load(const KeyStoreSettings& settings,
                                  UsageCeiling ceiling) override;

 private:
  processes::v1::Site site_;
  // Of the last load: spares parsing public keys again. Null at first.
  std::shared_ptr<const KeyCatalog> last_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_PROCESS_SITE_KEYS_H_
