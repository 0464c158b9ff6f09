#include "signer_service/vault_process/failure.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

constexpr uint32_t kMaxStatusCode = 16;

absl::Status NotAStatus(uint32_t code) {
  return absl::InvalidArgumentError(
      absl::StrCat("not a frame: status code ", code));
}

}  // namespace

processes::v1::Failure ToFailure(const absl::Status& status) {
  processes::v1::Failure failure;
  failure.set_code(static_cast<uint32_t>(status.raw_code()));
  failure.set_message(std::string(status.message()));
  status.ForEachPayload(
      [&failure](absl::string_view type_url, const absl::Cord& value) {
        processes::v1::StatusPayload& payload = *failure.add_payloads();
        payload.set_type_url(std::string(type_url));
        payload.set_value(std::string(value));
      });
  return failure;
}

absl::Status FromFailure(const processes::v1::Failure& failure) {
  if (failure.code() > kMaxStatusCode) {
    return NotAStatus(failure.code());
  }
  absl::Status status(static_cast<absl::StatusCode>(failure.code()),
                      failure.message());
  for (const processes::v1::StatusPayload& payload : failure.payloads()) {
    status.SetPayload(payload.type_url(), absl::Cord(payload.value()));
  }
  return status;
}

}  // namespace keyhold
