// A CertifiedKey's chain in the form that libssl takes.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_PARSED_CHAIN_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_PARSED_CHAIN_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/certified_key.h"
#include "tls_lib/provider/public_half.h"

namespace keyhold::tls_internal {

// A DER certificate as an object of CryptoLibrary(). InvalidArgument if it
// does not parse.
absl::StatusOr<X509Ptr> ParseX509(absl::string_view der);

// Immutable, thread-safe.
struct ParsedChain {
  X509Ptr leaf;
  X509StackPtr intermediates;
  std::shared_ptr<const provider::PublicHalf> public_half;
};

// InvalidArgument if OpenSSL does not take a certificate.
absl::StatusOr<std::shared_ptr<const ParsedChain>> ParseChain(
    const CertifiedKey& key);

// Keeps what ParseChain made for as long as the CertifiedKey lives: parsing
// costs as much as several P-256 signatures. Entries of dead CertifiedKeys are
// dropped when the cache has doubled since the last time.
//
// Thread-safe.
class ParsedChainCache {
 public:
  absl::StatusOr<std::shared_ptr<const ParsedChain>> Get(
      const std::shared_ptr<const CertifiedKey>& key);

  // For tests.
  size_t size() const;

 private:
  struct Entry {
    std::weak_ptr<const CertifiedKey> key;
    std::shared_ptr<const ParsedChain> chain;
  };
  std::shared_ptr<const ParsedChain> Find(
      const std::shared_ptr<const CertifiedKey>& key) const;
  void DropDead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  // By address. A new object at the address of a dead one is told from it by
  // Entry.key, which has then expired.
  absl::flat_hash_map<const CertifiedKey*, Entry> entries_
      ABSL_GUARDED_BY(mutex_);
  size_t sweep_at_ ABSL_GUARDED_BY(mutex_) = 16;
};

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_PARSED_CHAIN_H_
