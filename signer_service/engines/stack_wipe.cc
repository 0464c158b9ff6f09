#include "signer_service/engines/stack_wipe.h"

#include <string.h>

namespace keyhold {

// Inlined, its buffer would lie in the caller's frame, above what is wiped.
__attribute__((noinline)) void WipeStackBelow() {
  unsigned char buffer[kWipedStackBytes];
  explicit_bzero(buffer, sizeof(buffer));
}

}  // namespace keyhold
