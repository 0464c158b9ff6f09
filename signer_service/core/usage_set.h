// A set of usages (keyhold.signer.v1.Usage).
#ifndef KEYHOLD_SIGNER_SERVICE_CORE_USAGE_SET_H_
#define KEYHOLD_SIGNER_SERVICE_CORE_USAGE_SET_H_

#include <cstdint>
#include <optional>
#include <string>

#include "keyhold/signer/v1/sign.pb.h"
#include "keyhold/signer/v1/tls.pb.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold {

// A value; cheap to copy.
class UsageSet {
 public:
  constexpr UsageSet() = default;

  // The structured TLS forms of one role: what a rule grants by default.
  static UsageSet TlsFormsOf(signer::v1::Role role);

  void Insert(signer::v1::Usage usage) { bits_ |= Bit(usage); }
  void InsertAll(UsageSet other) { bits_ |= other.bits_; }
  bool Contains(signer::v1::Usage usage) const { return bits_ & Bit(usage); }
  bool Contains(UsageSet other) const { return (other.bits_ & ~bits_) == 0; }
  UsageSet Intersect(UsageSet other) const {
    UsageSet result;
    result.bits_ = bits_ & other.bits_;
    return result;
  }
  bool empty() const { return bits_ == 0; }
  // "tls13_server, tls12_server", as the configuration writes them; "none" if
  // empty.
  std::string ToString() const;

  friend bool operator==(UsageSet a, UsageSet b) { return a.bits_ == b.bits_; }

 private:
  static uint32_t Bit(signer::v1::Usage usage) {
    return usage > 0 && usage < 32 ? 1u << static_cast<int>(usage) : 0;
  }

  uint32_t bits_ = 0;
};

// The usage that a request's input needs. USAGE_UNSPECIFIED if it has no
// input, or a role that is neither server nor client.
signer::v1::Usage UsageOf(const signer::v1::SignRequest& request);
// The usage that a scheme is asked for. USAGE_UNSPECIFIED without a role and
// a version.
signer::v1::Usage UsageOf(const signer::v1::ChooseSchemeRequest& request);

// As the configuration writes it: "tls13_server", "digest" …; "unspecified"
// for a value that is no usage.
std::string UsageName(signer::v1::Usage usage);

// The version of TLS whose form this is. Null for the usages that belong to
// none: digest, message, and what the service builds.
std::optional<TlsVersion> TlsVersionOf(signer::v1::Usage usage);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_CORE_USAGE_SET_H_
