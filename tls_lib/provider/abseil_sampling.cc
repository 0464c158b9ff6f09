// Abseil's sampling of cords, switched off for good in keyhold.so.
//
// An absl::Status may carry cords, and a cord may be sampled for statistics.
// Debian's archive of that part is compiled for programs, not for modules (its
// thread-local variables are addressed in a way that only a program can), and
// brings locks, clocks and stack traces along. What is here takes its place at
// link time. Nothing is ever sampled, so the functions are not called.
#include <cstdint>

#include "absl/strings/internal/cordz_functions.h"
#include "absl/strings/internal/cordz_info.h"
#include "absl/synchronization/mutex.h"

namespace absl {
ABSL_NAMESPACE_BEGIN

// Asked only by what is sampled. Without this, all of Mutex would come along.
void Mutex::AssertHeld() const {}

namespace cord_internal {

#ifdef ABSL_INTERNAL_CORDZ_ENABLED
thread_local int64_t cordz_next_sample = INT64_MAX;
#endif

bool cordz_should_profile_slow() {
#ifdef ABSL_INTERNAL_CORDZ_ENABLED
  cordz_next_sample = INT64_MAX;
#endif
  return false;
}

void CordzInfo::TrackCord(InlineData&, MethodIdentifier) {}
void CordzInfo::TrackCord(InlineData&, const InlineData&, MethodIdentifier) {}
void CordzInfo::MaybeTrackCordImpl(InlineData&, const InlineData&,
                                   MethodIdentifier) {}
void CordzInfo::Untrack() {}
void CordzInfo::Lock(MethodIdentifier) {}
void CordzInfo::Unlock() {}

}  // namespace cord_internal
ABSL_NAMESPACE_END
}  // namespace absl
