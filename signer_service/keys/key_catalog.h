// What the signer knows of its keys, without their private halves: what the
// front answers from.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_KEY_CATALOG_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_KEY_CATALOG_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "signer_service/core/role_set.h"
#include "signer_service/keys/served_key.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// One key that is served. A value.
struct CatalogKey {
  std::string id;
  std::string label;
  PublicKey public_key;
  // Leaf first; empty without a certificate.
  std::vector<SharedDer> chain;
  // The leaf's dNSName entries, lower case.
  std::vector<std::string> dns_names;
  // Null without a certificate.
  std::optional<absl::Time> not_after;
  // What it may sign as. Never empty.
  RoleSet roles;
  // Best first. All that may be used; the key can make each of them. Never
  // empty.
  std::vector<SignatureScheme> preferences;
};

// Immutable, thread-safe. A look-up's time does not depend on the number of
// keys; pointers and spans live as long as the catalog.
class KeyCatalog {
 public:
  // `keys` in any order; no two have one id and label, or one public key.
  static std::shared_ptr<const KeyCatalog> Create(std::vector<CatalogKey> keys);

  KeyCatalog(const KeyCatalog&) = delete;
  KeyCatalog& operator=(const KeyCatalog&) = delete;

  // Ordered by id, then label, byte by byte.
  absl::Span<const CatalogKey> keys() const { return keys_; }
  // The keys that come after (id, label), whether or not that one exists: the
  // rest of a list whose last page ended there.
  absl::Span<const CatalogKey> KeysAfter(absl::string_view id,
                                         absl::string_view label) const;

  // Null if there is none.
  const CatalogKey* FindBySpkiSha256(absl::string_view spki_sha256) const;
  // Null if there is none.
  const CatalogKey* Find(absl::string_view id, absl::string_view label) const;
  // All keys of one id, by label; empty if there are none.
  absl::Span<const CatalogKey> FindById(absl::string_view id) const;
  // All keys whose certificate is for `name`, compared without case (RFC 6066
  // §3): exact names first, then one-label wildcards (RFC 6125 §6.4.3), each
  // by id and label. Empty if there are none.
  std::vector<const CatalogKey*> FindByServerName(absl::string_view name) const;

  // SHA-256 over all of the contents, 32 bytes: equal for equal contents in
  // any process, for policy_version.
  absl::string_view fingerprint() const { return fingerprint_; }

 private:
  struct IdRange {
    uint32_t first = 0;
    uint32_t count = 0;
  };

  explicit KeyCatalog(std::vector<CatalogKey> keys);
  void Index();

  // Sorted. The maps' keys are views into it; their values index it.
  std::vector<CatalogKey> keys_;
  absl::flat_hash_map<absl::string_view, uint32_t> by_spki_sha256_;
  absl::flat_hash_map<absl::string_view, IdRange> by_id_;
  // Wildcards as they stand in the certificate: "*.example.org".
  absl::flat_hash_map<absl::string_view, absl::InlinedVector<uint32_t, 2>>
      by_dns_name_;
  std::string fingerprint_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_KEY_CATALOG_H_
