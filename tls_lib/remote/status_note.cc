#include "tls_lib/remote/status_note.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

absl::Status Reworded(const absl::Status& status, const std::string& message) {
  absl::Status result(status.code(), message);
  status.ForEachPayload(
      [&result](absl::string_view url, const absl::Cord& payload) {
        result.SetPayload(url, payload);
      });
  return result;
}

}  // namespace

absl::Status WithNote(const absl::Status& status, absl::string_view note) {
  return Reworded(status, absl::StrCat(status.message(), "; ", note));
}

absl::Status WithPrefix(const absl::Status& status, absl::string_view prefix) {
  return Reworded(status, absl::StrCat(prefix, ": ", status.message()));
}

}  // namespace keyhold
