// What an audit record says about one request.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_RECORD_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_RECORD_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace keyhold {

// Of a signature that was asked for. Views: valid while AppendAuditBody runs.
// A field that is empty is left out of the record.
struct AuditRecord {
  // kSign: by the vault. kRefused: by the front.
  enum class Event { kSign, kRefused };
  // What `input_hash` is a hash of.
  enum class Input {
    kNone,
    // TLS 1.3's Transcript-Hash, as the caller gave it.
    kTranscript,
    // SHA-256 of the content that was signed.
    kContent,
    // The digest that the caller gave.
    kDigest,
  };

  Event event = Event::kSign;
  absl::Time time;
  // Of kRefused: "Sign", "ChooseScheme" …
  absl::string_view call;
  // Who asked, as the front states it.
  absl::string_view identity;
  // The local caller, as his host's agent claims it.
  std::optional<uid_t> claimed_uid;
  std::optional<gid_t> claimed_gid;
  // The key's id; with a label, "id@label".
  absl::string_view key;
  // 32 bytes.
  absl::string_view spki_sha256;
  absl::string_view usage;
  absl::string_view scheme;
  absl::string_view server_name;
  Input input = Input::kNone;
  absl::string_view input_hash;
  // 16 bytes, of the caller's choice: a repeat has the same.
  absl::string_view request_id;
  // "signed", "failed", "refused".
  absl::string_view outcome;
  // An ErrorReason's name, unless it was signed.
  absl::string_view reason;
  // Of kRefused: how many more of the same there were.
  uint64_t repeats = 0;
};

// Appends the record's fields, from the time on: what HashChain::Seal makes a
// line of. Takes about 0.2 microseconds.
void AppendAuditBody(const AuditRecord& record, std::string& out);

// The same in two parts, for a signature that is still to be made: first all
// but time, outcome and reason, then these around it.
void AppendAuditSubject(const AuditRecord& record, std::string& out);
void AppendAuditBody(absl::Time time, absl::string_view subject,
                     absl::string_view outcome, absl::string_view reason,
                     std::string& out);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_RECORD_H_
