// Reads back one line of an audit log.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_PARSED_RECORD_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_PARSED_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "signer_service/audit/hash_chain.h"

namespace keyhold {

// A line that has the form of a record. Whether its hash fits is SegmentScan's
// business. Views into the line.
class ParsedRecord {
 public:
  // `line` is without its end. InvalidArgument: it is not in the one form that
  // record_text.h and hash_chain.h write; says where.
  static absl::StatusOr<ParsedRecord> Parse(absl::string_view line);

  uint64_t sequence() const { return sequence_; }
  const AuditHash& chain() const { return chain_; }
  // What was hashed, after the hash before it.
  absl::string_view chained_text() const { return chained_text_; }

  // The value of a text, its escapes undone; empty if there is none such.
  std::string Text(absl::string_view name) const;
  // Null if there is no such number.
  std::optional<uint64_t> Number(absl::string_view name) const;
  // The bytes of a text of hexadecimal digits; null if it is none.
  std::optional<std::string> Hex(absl::string_view name) const;
  // Of the field "time"; null if it is none.
  std::optional<absl::Time> Time() const;
  // The text of the field "event". Always plain.
  absl::string_view event() const { return event_; }

 private:
  struct Field {
    absl::string_view name;
    // As written, without quotes.
    absl::string_view value;
    bool is_text;
  };
  class Reader;

  const Field* Find(absl::string_view name) const;

  uint64_t sequence_ = 0;
  AuditHash chain_ = {};
  absl::string_view chained_text_;
  absl::string_view event_;
  std::vector<Field> fields_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_PARSED_RECORD_H_
