// The line that the signer's log gets for a notice of an audit log.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_NOTICE_LINE_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_NOTICE_LINE_H_

#include "daemon/json_log.h"
#include "signer_service/audit/audit_options.h"

namespace keyhold {

// {"event":"audit_checkpoint","log":"signatures","head":"17:09ab…"}; other
// events are audit_recovered, audit_faulty, audit_no_spare, audit_blocked,
// audit_losing, audit_stalled and audit_writable, with a message.
JsonLine AuditNoticeLine(const AuditNotice& notice);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_NOTICE_LINE_H_
