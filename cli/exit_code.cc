#include "cli/exit_code.h"

#include "absl/strings/cord.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

constexpr char kUsagePayload[] = "keyhold/usage";

}  // namespace

absl::string_view ExitCodeTable() {
  return "Exit codes:\n"
         "  0  done\n"
         "  1  failed; the message says why\n"
         "  2  the command line is wrong\n"
         "  3  refused: no identity, or policy does not allow it\n"
         "  4  no such key, or none that this identity may know of\n"
         "  5  the signer is away or gave no answer in time; try again\n"
         "  6  the key can make none of the offered schemes";
}

absl::Status UsageError(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord());
  return status;
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return ExitCode::kOk;
  if (status.GetPayload(kUsagePayload).has_value()) return ExitCode::kUsage;
  switch (status.code()) {
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return ExitCode::kRefused;
    case absl::StatusCode::kNotFound:
      return ExitCode::kKeyNotFound;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kUnavailable;
    default:
      return GetReason(status) == ErrorReason::kNoCommonScheme
                 ? ExitCode::kNoCommonScheme
                 : ExitCode::kFailure;
  }
}

}  // namespace keyhold
