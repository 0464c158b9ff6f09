// Which records of an audit log are asked for.
#ifndef KEYHOLD_CLI_AUDIT_RECORD_FILTER_H_
#define KEYHOLD_CLI_AUDIT_RECORD_FILTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "signer_service/audit/parsed_record.h"

namespace CLI {
class App;
}  // namespace CLI

namespace keyhold {

// Options of a command, and the records that they match: all that is given
// must. Texts match exactly, or as a beginning if they end in "*".
class RecordFilter {
 public:
  void AddTo(CLI::App& app);
  // Reads the times. A usage error (UsageError) if one is none.
  absl::Status Prepare();
  bool Matches(const ParsedRecord& record) const;

 private:
  std::string identity_;
  std::string key_;
  std::string server_name_;
  std::string usage_;
  std::string outcome_;
  std::string event_;
  std::string from_text_;
  std::string to_text_;
  absl::Time from_ = absl::InfinitePast();
  absl::Time to_ = absl::InfiniteFuture();
};

// "2026-01-02", "2026-01-02T03:04", "2026-01-02T03:04:05" (UTC), or RFC 3339
// with a zone. InvalidArgument says so.
absl::StatusOr<absl::Time> ParseRecordTime(absl::string_view text);

// One line for people: time, event, and what else there is.
std::string RecordText(const ParsedRecord& record);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_AUDIT_RECORD_FILTER_H_
