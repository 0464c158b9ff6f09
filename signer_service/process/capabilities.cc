#include "signer_service/process/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace keyhold {
namespace {

struct Sets {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  // Two words of 32 each.
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
};

absl::Status Read(Sets& sets) {
  if (syscall(SYS_capget, &sets.header, sets.data) != 0) {
    return absl::ErrnoToStatus(errno, "capget");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status KeepOnlyCapabilities(absl::Span<const int> kept) {
  Sets sets;
  absl::Status read = Read(sets);
  if (!read.ok()) return read;
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    if (std::find(kept.begin(), kept.end(), capability) != kept.end()) continue;
    // Refused where there is no CAP_SETPCAP; then exec wins nothing either,
    // since no new privileges are to be had.
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    const size_t word = static_cast<size_t>(CAP_TO_INDEX(capability));
    sets.data[word].effective &= ~CAP_TO_MASK(capability);
    sets.data[word].permitted &= ~CAP_TO_MASK(capability);
  }
  for (auto& word : sets.data) word.inheritable = 0;
  if (syscall(SYS_capset, &sets.header, sets.data) != 0) {
    return absl::ErrnoToStatus(errno, "capset");
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> HasCapabilities() {
  Sets sets;
  absl::Status read = Read(sets);
  if (!read.ok()) return read;
  return (sets.data[0].permitted | sets.data[1].permitted) != 0;
}

}  // namespace keyhold
