// More words for a status.
#ifndef KEYHOLD_TLS_LIB_REMOTE_STATUS_NOTE_H_
#define KEYHOLD_TLS_LIB_REMOTE_STATUS_NOTE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// `status`, which is not OK, with "; " and `note` after its message. Its
// payloads are kept.
absl::Status WithNote(const absl::Status& status, absl::string_view note);

// The same with `prefix` and ": " before its message.
absl::Status WithPrefix(const absl::Status& status, absl::string_view prefix);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_STATUS_NOTE_H_
