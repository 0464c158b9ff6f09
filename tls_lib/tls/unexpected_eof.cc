#include "tls_lib/tls/unexpected_eof.h"

#include "absl/strings/cord.h"

namespace keyhold {
namespace {

// A key of the application's own may return kDataLoss where it should not, so
// the code alone does not tell.
constexpr char kPayloadUrl[] = "keyhold/unexpected_eof";

}  // namespace

bool IsUnexpectedEof(const absl::Status& status) {
  return status.GetPayload(kPayloadUrl).has_value();
}

absl::Status UnexpectedEofError() {
  absl::Status status = absl::DataLossError(
      "the connection ended without the peer's close_notify, so data may be "
      "missing");
  status.SetPayload(kPayloadUrl, absl::Cord());
  return status;
}

}  // namespace keyhold
