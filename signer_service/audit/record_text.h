// The text of audit records: one JSON object a line, in one canonical form.
//
// A value is text or an unsigned number. Text is bytes: each byte that is not
// printable ASCII, and each quote and backslash, is written as \u00XX. So every
// record is ASCII, no text can end a line or forge a field, and equal values
// are equal text. docs/audit.md describes the format for others.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_RECORD_TEXT_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_RECORD_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace keyhold {

// Of one text value; what is longer is cut, and ends in "...".
constexpr size_t kMaxAuditTextBytes = 2048;
// Of a whole line: the five values of text that come from outside, each byte
// escaped, and all that is of fixed size.
constexpr size_t kMaxAuditLineBytes = 65536;

// Each appends `,"name":` and the value. `name` is a plain ASCII constant.
void AppendAuditText(std::string& out, absl::string_view name,
                     absl::string_view value);
// Lower-case hexadecimal digits, as text.
void AppendAuditHex(std::string& out, absl::string_view name,
                    absl::string_view bytes);
void AppendAuditNumber(std::string& out, absl::string_view name,
                       uint64_t value);
// UTC with microseconds: "2026-01-02T03:04:05.678901Z".
void AppendAuditTime(std::string& out, absl::string_view name,
                     absl::Time value);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_RECORD_TEXT_H_
