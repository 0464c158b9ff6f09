#include "signer_service/front/serving_state.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "openssl/sha.h"

namespace keyhold {
namespace {

constexpr size_t kPolicyVersionBytes = 16;

}  // namespace

ServingSnapshot::ServingSnapshot(std::shared_ptr<const KeyCatalog> catalog,
                                 Policy policy)
    : catalog_(std::move(catalog)), policy_(std::move(policy)) {
  // The fingerprint has a fixed length, so the two parts cannot be mistaken.
  const std::string decisive =
      absl::StrCat(catalog_->fingerprint(), policy_.canonical());
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(decisive.data()),
         decisive.size(), hash);
  policy_version_.assign(reinterpret_cast<const char*>(hash),
                         kPolicyVersionBytes);
}

}  // namespace keyhold
