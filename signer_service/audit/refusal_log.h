// Records what the front refuses, so that nobody can fill the log with it.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_REFUSAL_LOG_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_REFUSAL_LOG_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "signer_service/audit/audit_log.h"
#include "signer_service/audit/audit_record.h"

namespace keyhold {

// The first refusal of a kind (call, identity, key, usage and reason) is
// recorded at once. More of the same are counted, and recorded together when
// `window` is over. An identity has kMaxKinds of a window by itself; whatever
// else it is refused then, and that of identities beyond kMaxIdentities, is
// counted without its kind. What comes before authentication is only counted.
//
// Never blocks; thread-safe.
class RefusalLog {
 public:
  static constexpr size_t kMaxKinds = 16;
  static constexpr size_t kMaxIdentities = 256;

  // `log` must outlive this.
  explicit RefusalLog(AuditLog& log, absl::Duration window = absl::Seconds(10));
  // Records what was counted.
  ~RefusalLog();

  // `refusal` has event kRefused and no repeats.
  void Record(const AuditRecord& refusal);
  // One without an identity.
  void CountUnauthenticated();

  // Records what was counted, and begins a new window.
  void EndWindow();

 private:
  // Call, key, usage, reason; empty: of any kind.
  using Kind = std::tuple<std::string, std::string, std::string, std::string>;
  struct Repeats {
    // Of the first one; without what differs from one to the next.
    std::string subject;
    std::string reason;
    uint64_t count = 0;
  };
  using Kinds = std::map<Kind, Repeats>;

  // Null if the refusal is the first of its kind, and may have a record.
  Repeats* FindRepeats(const AuditRecord& refusal)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Work();

  AuditLog& log_;
  const absl::Duration window_;
  absl::Mutex mutex_;
  std::map<std::string, Kinds> identities_ ABSL_GUARDED_BY(mutex_);
  uint64_t unauthenticated_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_REFUSAL_LOG_H_
