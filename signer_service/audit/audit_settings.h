// What the configuration says of the audit logs.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_SETTINGS_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_SETTINGS_H_

#include <cstdint>
#include <string>

namespace keyhold {

// When a record counts as written. kNone: when the kernel has it, so it
// survives the end of any process. kBatch: when the disk has it, so it
// survives a loss of power too.
enum class AuditSync { kNone, kBatch };

// What happens while the log cannot be written, the disk being full. kBlock:
// nothing is signed. kContinue: it goes on without records, which are counted.
enum class AuditWhenFull { kBlock, kContinue };

// Of the folder `directory`, one folder for each log.
constexpr char kSignaturesLog[] = "signatures";
constexpr char kRefusalsLog[] = "refusals";

// proto/keyhold/signer/v1/config.proto describes each field.
struct AuditSettings {
  std::string directory;
  std::string key_file;
  AuditSync sync = AuditSync::kNone;
  AuditWhenFull when_full = AuditWhenFull::kBlock;
  uint64_t segment_bytes = uint64_t{32} << 20;
  uint64_t refusals_max_bytes = uint64_t{32} << 20;
};

// Of one file: so many make up the most that the log takes.
inline uint64_t RefusalsSegmentBytes(const AuditSettings& settings) {
  constexpr uint64_t kRefusalsSegments = 4;
  return settings.refusals_max_bytes / kRefusalsSegments;
}

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_SETTINGS_H_
