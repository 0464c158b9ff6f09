#include "signer_service/front/audit_pause.h"

#include "signer_service/audit/audit_notice_line.h"
#include "signer_service/audit/audit_settings.h"

namespace keyhold {

void AuditPause::OnNotice(const AuditNotice& notice) {
  log_.Write(AuditNoticeLine(notice));
  const bool pauses = notice.kind == AuditNotice::Kind::kBlocked ||
                      notice.kind == AuditNotice::Kind::kStalled;
  const bool ends = notice.kind == AuditNotice::Kind::kWritable;
  if (notice.log != kSignaturesLog || (!pauses && !ends)) return;
  absl::MutexLock lock(&mutex_);
  paused_ = pauses;
  if (service_ != nullptr) service_->SetPaused(paused_);
}

void AuditPause::Attach(SignerService* service) {
  absl::MutexLock lock(&mutex_);
  service_ = service;
  if (service_ != nullptr) service_->SetPaused(paused_);
}

}  // namespace keyhold
