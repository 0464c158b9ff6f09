#include "signer_service/process/namespaces.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

constexpr int kNamespaces =
    CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;

absl::Status NotPermitted(int error) {
  return absl::PermissionDeniedError(absl::StrCat(
      "namespaces of its own are not permitted here: ", strerror(error)));
}

}  // namespace

absl::Status EnterOwnNamespaces() {
  if (unshare(kNamespaces) == 0) return absl::OkStatus();
  if (unshare(CLONE_NEWUSER | kNamespaces) == 0) return absl::OkStatus();
  return NotPermitted(errno);
}

}  // namespace keyhold
