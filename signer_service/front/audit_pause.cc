#include "signer_service/front/audit_pause.h"

#include "signer_service/audit/audit_notice_line.h"
#include "signer_service/audit/audit_settings.h"

namespace keyhold {

AuditPause::AuditPause(const JsonLog& log)
    : log_(log), thread_([this] { Work(); }) {}

AuditPause::~AuditPause() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  thread_.join();
}

void AuditPause::OnNotice(const AuditNotice& notice) {
  log_.Write(AuditNoticeLine(notice));
  const bool pauses = notice.kind == AuditNotice::Kind::kBlocked ||
                      notice.kind == AuditNotice::Kind::kStalled;
  const bool ends = notice.kind == AuditNotice::Kind::kWritable;
  if (notice.log != kSignaturesLog || (!pauses && !ends)) return;
  absl::MutexLock lock(&mutex_);
  paused_ = pauses;
}

void AuditPause::Attach(SignerService* service) {
  absl::MutexLock lock(&mutex_);
  service_ = service;
  told_ = false;
  mutex_.Await(absl::Condition(this, &AuditPause::idle));
}

void AuditPause::Work() {
  absl::MutexLock lock(&mutex_);
  while (true) {
    mutex_.Await(absl::Condition(this, &AuditPause::HasWork));
    if (ending_) return;
    SignerService* const service = service_;
    const bool paused = paused_;
    telling_ = true;
    mutex_.Unlock();
    service->SetPaused(paused);
    mutex_.Lock();
    told_ = paused;
    telling_ = false;
  }
}

}  // namespace keyhold
