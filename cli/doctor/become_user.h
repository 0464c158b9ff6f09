// Becomes another user.
#ifndef KEYHOLD_CLI_DOCTOR_BECOME_USER_H_
#define KEYHOLD_CLI_DOCTOR_BECOME_USER_H_

#include <string>

#include "absl/status/status.h"

namespace keyhold {

// Takes on the user called `name`, his group and his supplementary groups, for
// good. InvalidArgument: there is no such user. PermissionDenied: only root
// can. For a process with one thread.
absl::Status BecomeUser(const std::string& name);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DOCTOR_BECOME_USER_H_
