// A set of signature schemes.
#ifndef KEYHOLD_SIGNER_SERVICE_POLICY_SCHEME_SET_H_
#define KEYHOLD_SIGNER_SERVICE_POLICY_SCHEME_SET_H_

#include <cstdint>
#include <string>

#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// Holds only schemes that Keyhold makes. A value; cheap to copy.
class SchemeSet {
 public:
  constexpr SchemeSet() = default;
  static SchemeSet All();

  // Has no effect for a scheme that Keyhold does not make.
  void Insert(SignatureScheme scheme) { bits_ |= Bit(scheme); }
  void InsertAll(SchemeSet other) { bits_ |= other.bits_; }
  bool Contains(SignatureScheme scheme) const { return bits_ & Bit(scheme); }
  bool empty() const { return bits_ == 0; }
  // "ed25519, ecdsa_secp256r1_sha256", in AllSchemes' order.
  std::string ToString() const;

  friend bool operator==(SchemeSet a, SchemeSet b) {
    return a.bits_ == b.bits_;
  }

 private:
  // By the scheme's place in AllSchemes.
  static uint32_t Bit(SignatureScheme scheme);

  uint32_t bits_ = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_POLICY_SCHEME_SET_H_
