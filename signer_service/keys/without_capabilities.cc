#include "signer_service/keys/without_capabilities.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

namespace keyhold {

namespace {

struct __user_cap_header_struct Header() {
  return {_LINUX_CAPABILITY_VERSION_3, 0};
}

void Set(struct __user_cap_data_struct* data) {
  struct __user_cap_header_struct header = Header();
  if (syscall(SYS_capset, &header, data) == 0) return;
  perror("capset");
  abort();
}

}  // namespace

WithoutCapabilities::WithoutCapabilities() {
  struct __user_cap_header_struct header = Header();
  if (syscall(SYS_capget, &header, before_) != 0) {
    perror("capget");
    abort();
  }
  struct __user_cap_data_struct none[2] = {before_[0], before_[1]};
  none[0].effective = 0;
  none[1].effective = 0;
  Set(none);
}

WithoutCapabilities::~WithoutCapabilities() { Set(before_); }

}  // namespace keyhold
