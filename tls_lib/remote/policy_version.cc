#include "tls_lib/remote/policy_version.h"

#include <optional>

#include "absl/strings/cord.h"
#include "absl/types/optional.h"

namespace keyhold {
namespace {

constexpr char kPayload[] = "type.keyhold/policy_version";

}  // namespace

absl::Status WithPolicyVersion(absl::Status status, absl::string_view version) {
  status.SetPayload(kPayload, absl::Cord(version));
  return status;
}

std::string PolicyVersionOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace keyhold
