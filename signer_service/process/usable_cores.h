// How many cores there are to work on.
#ifndef KEYHOLD_SIGNER_SERVICE_PROCESS_USABLE_CORES_H_
#define KEYHOLD_SIGNER_SERVICE_PROCESS_USABLE_CORES_H_

#include <cstddef>

namespace keyhold {

// The cores that the calling thread may run on (sched_setaffinity); at least
// 1. Thread-safe.
size_t UsableCores();

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_PROCESS_USABLE_CORES_H_
