// Lets the service's health follow the state of its audit log.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_AUDIT_PAUSE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_AUDIT_PAUSE_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "daemon/json_log.h"
#include "signer_service/audit/audit_options.h"
#include "signer_service/front/signer_service.h"

namespace keyhold {

// Takes the notices of both audit logs, writes them to the signer's log, and
// pauses the service while the log of signatures blocks or stalls. It is there
// before the service is: what comes first is kept for it.
//
// Thread-safe. The log must outlive it.
class AuditPause {
 public:
  explicit AuditPause(const JsonLog& log) : log_(log) {}

  // For AuditOptions::on_notice.
  void OnNotice(const AuditNotice& notice);
  // The service to pause; null before it ends.
  void Attach(SignerService* service);

 private:
  const JsonLog& log_;
  absl::Mutex mutex_;
  SignerService* service_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_AUDIT_PAUSE_H_
