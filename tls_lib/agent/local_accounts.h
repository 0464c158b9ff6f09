// Users and groups of this machine, by name or number.
#ifndef KEYHOLD_TLS_LIB_AGENT_LOCAL_ACCOUNTS_H_
#define KEYHOLD_TLS_LIB_AGENT_LOCAL_ACCOUNTS_H_

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// The number of the user or group called `name`, or whose number it is: a
// number needs no account. InvalidArgument, for people: no such name; the
// overflow number 65534, which stands for everybody without one of his own.
//
// Asks the system's databases, which may be on the network: may block.
// Thread-safe.
absl::StatusOr<uid_t> FindUser(absl::string_view name);
absl::StatusOr<gid_t> FindGroup(absl::string_view name);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_LOCAL_ACCOUNTS_H_
