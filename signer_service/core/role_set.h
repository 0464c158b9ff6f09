// The roles that a key may sign as.
#ifndef KEYHOLD_SIGNER_SERVICE_CORE_ROLE_SET_H_
#define KEYHOLD_SIGNER_SERVICE_CORE_ROLE_SET_H_

#include <string>

#include "keyhold/signer/v1/tls.pb.h"
#include "signer_service/core/usage_set.h"

namespace keyhold {

// A set of keyhold.signer.v1.Role. A value; cheap to copy.
class RoleSet {
 public:
  constexpr RoleSet() = default;
  static RoleSet ServerOnly() { return RoleSet(true, false); }
  static RoleSet ClientOnly() { return RoleSet(false, true); }

  // Has no effect for ROLE_UNSPECIFIED.
  void Insert(signer::v1::Role role);
  bool Contains(signer::v1::Role role) const;
  bool empty() const { return !server_ && !client_; }

  // The structured TLS forms of these roles: what a rule grants by default.
  UsageSet TlsForms() const;
  // "server, client"; "none" if empty.
  std::string ToString() const;

  friend bool operator==(RoleSet a, RoleSet b) {
    return a.server_ == b.server_ && a.client_ == b.client_;
  }

 private:
  constexpr RoleSet(bool server, bool client)
      : server_(server), client_(client) {}

  bool server_ = false;
  bool client_ = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_CORE_ROLE_SET_H_
