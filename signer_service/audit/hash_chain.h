// Numbers records and links each to the one before it.
//
// A line is   {"seq":N BODY,"chain":"HASH"}   (without the spaces), with
//   HASH(N) = SHA-256( HASH(N-1), 32 bytes, then the line up to its ,"chain" )
// in hexadecimal digits. The first record of a log follows 32 zero bytes. So a
// line that is altered, removed, moved or put in between does not fit the hash
// that the next one carries.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_HASH_CHAIN_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_HASH_CHAIN_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {

using AuditHash = std::array<uint8_t, 32>;

inline absl::string_view AuditHashBytes(const AuditHash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// The last record of a log: its number and hash. {0, zeros}: the log is empty.
struct AuditHead {
  uint64_t sequence = 0;
  AuditHash hash = {};

  // "17:09ab…", as `keyhold audit verify --head` takes it.
  std::string ToString() const;
  friend bool operator==(const AuditHead& a, const AuditHead& b) {
    return a.sequence == b.sequence && a.hash == b.hash;
  }
};

// Not thread-safe.
class HashChain {
 public:
  // Goes on after `head`.
  explicit HashChain(AuditHead head = {});

  const AuditHead& head() const { return head_; }

  // Appends the next record as a whole line, its end included. `body` is what
  // AppendAuditBody made: fields, a comma in front.
  void Seal(absl::string_view body, std::string& out);

  // The hash of a record whose line up to `,"chain"` is `text`.
  AuditHash HashOf(const AuditHash& previous, absl::string_view text);

 private:
  AuditHead head_;
  EvpMdPtr sha256_;
  EvpMdCtxPtr context_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_HASH_CHAIN_H_
