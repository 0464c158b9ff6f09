// How much of a core a thread gets when others want it too.
#ifndef KEYHOLD_SIGNER_SERVICE_PROCESS_THREAD_PRIORITY_H_
#define KEYHOLD_SIGNER_SERVICE_PROCESS_THREAD_PRIORITY_H_

#include "absl/status/status.h"

namespace keyhold {

// Puts the calling thread behind those of ordinary priority: they take the
// core from it when they have something to do, and it keeps about a tenth of a
// core that they want for themselves, so it never starves. Needs no privilege;
// without one there is no way back.
//
// Other codes: the kernel refuses.
absl::Status LowerThreadPriority();

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_PROCESS_THREAD_PRIORITY_H_
