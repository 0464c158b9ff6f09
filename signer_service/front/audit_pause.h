// Lets the service's health follow the state of its audit log.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_AUDIT_PAUSE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_AUDIT_PAUSE_H_

#include <thread>

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
// A thread of its own tells the service: that of the audit log, on whose
// answers the end of the service's calls may wait, waits for nobody.
//
// Thread-safe. The log must outlive it.
class AuditPause {
 public:
  explicit AuditPause(const JsonLog& log);
  ~AuditPause();

  // For AuditOptions::on_notice. Never blocks.
  void OnNotice(const AuditNotice& notice);
  // The service to pause; null, before it ends, waits until it is left alone.
  void Attach(SignerService* service);

 private:
  void Work();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return ending_ || (service_ != nullptr && paused_ != told_);
  }
  bool idle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !telling_; }

  const JsonLog& log_;
  absl::Mutex mutex_;
  SignerService* service_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
  // What the service was told.
  bool told_ ABSL_GUARDED_BY(mutex_) = false;
  bool telling_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_AUDIT_PAUSE_H_
