#include "signer_service/config/audit_reader.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace keyhold {
namespace {

constexpr uint64_t kMebibyte = uint64_t{1} << 20;
constexpr uint64_t kMostBytes = 1024 * kMebibyte;

void ReadBytes(absl::string_view field, uint64_t value, uint64_t least,
               FaultList& faults, uint64_t& to) {
  if (!faults.IsGiven(field)) return;
  if (value < least || value > kMostBytes) {
    faults.Add(field, absl::StrCat("expected ", least, " to ", kMostBytes,
                                   ", got ", value));
  }
  to = value;
}

}  // namespace

AuditSettings ReadAuditSettings(const signer::v1::Audit& audit,
                                FaultList& faults) {
  AuditSettings settings;
  settings.directory = audit.directory();
  settings.key_file = audit.key_file();
  if (settings.directory.empty()) {
    faults.Add("audit.directory", "required: the folder of the logs");
  }
  if (audit.sync() == signer::v1::AUDIT_SYNC_BATCH) {
    settings.sync = AuditSync::kBatch;
  }
  if (audit.when_full() == signer::v1::AUDIT_WHEN_FULL_CONTINUE) {
    settings.when_full = AuditWhenFull::kContinue;
  }
  ReadBytes("audit.segment_bytes", audit.segment_bytes(), kMebibyte, faults,
            settings.segment_bytes);
  ReadBytes("audit.refusals_max_bytes", audit.refusals_max_bytes(),
            4 * kMebibyte, faults, settings.refusals_max_bytes);
  return settings;
}

}  // namespace keyhold
