// Reads the audit part of a configuration.
#ifndef KEYHOLD_SIGNER_SERVICE_CONFIG_AUDIT_READER_H_
#define KEYHOLD_SIGNER_SERVICE_CONFIG_AUDIT_READER_H_

#include "keyhold/signer/v1/config.pb.h"
#include "proto/yaml/fault_list.h"
#include "signer_service/audit/audit_settings.h"

namespace keyhold {

// Adds to `faults`: no directory, a number out of bounds. Paths are taken as
// they are; the key's file is not looked at.
AuditSettings ReadAuditSettings(const signer::v1::Audit& audit,
                                FaultList& faults);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_CONFIG_AUDIT_READER_H_
