// Names of servers, as certificates and resolvers hold them.
#ifndef KEYHOLD_TLS_LIB_CORE_INTERNAL_DNS_NAME_H_
#define KEYHOLD_TLS_LIB_CORE_INTERNAL_DNS_NAME_H_

#include "absl/strings/string_view.h"

namespace keyhold::internal {

// Whether `name` is a DNS name in the form that TLS sends (RFC 6066 §3):
// labels of letters, digits, '-' and '_' (which is no host name's, but is in
// use), no trailing dot, at most 253 bytes. Case does not matter.
bool IsDnsName(absl::string_view name);

// Whether `name` is "*." and a DNS name (RFC 6125 §6.4.3).
bool IsWildcardName(absl::string_view name);

}  // namespace keyhold::internal

#endif  // KEYHOLD_TLS_LIB_CORE_INTERNAL_DNS_NAME_H_
