#include "daemon/process_hardening.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace keyhold {

namespace {

absl::Status KernelRefused(absl::string_view what) {
  const int error = errno;
  return absl::InternalError(
      absl::StrCat("hardening the process: ", what, ": ", strerror(error)));
}

}  // namespace

absl::Status HardenProcess() {
  const struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) {
    return KernelRefused("setrlimit RLIMIT_CORE");
  }
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return KernelRefused("prctl PR_SET_DUMPABLE");
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return KernelRefused("prctl PR_SET_NO_NEW_PRIVS");
  }
  return absl::OkStatus();
}

absl::StatusOr<ProcessHardening> ReadProcessHardening() {
  struct rlimit core;
  if (getrlimit(RLIMIT_CORE, &core) != 0) {
    return KernelRefused("getrlimit RLIMIT_CORE");
  }
  const int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
  if (dumpable < 0) return KernelRefused("prctl PR_GET_DUMPABLE");
  const int no_new_privileges = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
  if (no_new_privileges < 0) return KernelRefused("prctl PR_GET_NO_NEW_PRIVS");
  ProcessHardening state;
  state.core_dumps_off = core.rlim_cur == 0 && core.rlim_max == 0;
  state.not_dumpable = dumpable == 0;
  state.no_new_privileges = no_new_privileges == 1;
  return state;
}

}  // namespace keyhold
