// A callback at a time, without a thread that waits for it.
#ifndef KEYHOLD_TLS_LIB_REMOTE_TIMER_H_
#define KEYHOLD_TLS_LIB_REMOTE_TIMER_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "tls_lib/core/pending.h"

namespace keyhold {

// Runs `done` on CompletionLoop's thread at `when`, soon if that has passed,
// and never inside StartTimer. Destroying the handle cancels: see Pending.
//
// Thread-safe.
std::unique_ptr<Pending> StartTimer(absl::Time when,
                                    absl::AnyInvocable<void() &&> done);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_TIMER_H_
