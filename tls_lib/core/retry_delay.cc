#include "tls_lib/core/retry_delay.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

constexpr char kPayloadUrl[] = "keyhold/RetryDelay";

}  // namespace

absl::Status WithRetryDelay(absl::Status status, absl::Duration delay) {
  assert(!status.ok());
  const int64_t us = std::max<int64_t>(
      1, absl::ToInt64Microseconds(absl::Ceil(delay, absl::Microseconds(1))));
  status.SetPayload(kPayloadUrl, absl::Cord(absl::StrCat(us)));
  return status;
}

std::optional<absl::Duration> GetRetryDelay(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  int64_t us = 0;
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &us)) {
    return std::nullopt;
  }
  return absl::Microseconds(us);
}

}  // namespace keyhold
