#include "signer_service/process/usable_cores.h"

#include <sched.h>

#include <algorithm>

namespace keyhold {

size_t UsableCores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof(cores), &cores) != 0) return 1;
  return static_cast<size_t>(std::max(1, CPU_COUNT(&cores)));
}

}  // namespace keyhold
