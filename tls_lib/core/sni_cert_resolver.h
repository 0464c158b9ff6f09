// Picks the certificate for a server name: exact match, then one-label
// wildcard, then the default.
#ifndef KEYHOLD_TLS_LIB_CORE_SNI_CERT_RESOLVER_H_
#define KEYHOLD_TLS_LIB_CORE_SNI_CERT_RESOLVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "tls_lib/core/cert_resolver.h"

namespace keyhold {

struct NamedCertifiedKey {
  // "www.example.org", "*.example.org", or empty for the default.
  std::string name;
  std::shared_ptr<const CertifiedKey> key;
};

// Names compare without case (RFC 6066 §3); "*" stands for exactly one label,
// the leftmost (RFC 6125 §6.4.3). Entries of one name keep their order: the
// first whose key can make an offered scheme is served.
//
// Immutable, thread-safe. Never blocks. A look-up's time does not depend on
// the number of entries.
class SniCertResolver final : public CertResolver {
 public:
  // InvalidArgument: a name that is no DNS name, a wildcard elsewhere than as
  // the whole leftmost label, a null key, or two entries of one name whose
  // keys have the same type (the second could never be served).
  static absl::StatusOr<std::unique_ptr<SniCertResolver>> Create(
      std::vector<NamedCertifiedKey> entries);

  // NotFound if no entry matches and there is no default.
  absl::StatusOr<std::shared_ptr<const Resolution>> Resolve(
      const ClientHello& hello) const override;

 private:
  SniCertResolver() = default;

  // By lower-case name; the default under "".
  absl::flat_hash_map<std::string, std::shared_ptr<const Resolution>> entries_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_SNI_CERT_RESOLVER_H_
