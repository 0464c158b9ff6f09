// The policy_version that came with a refusal, carried on an absl::Status.
#ifndef KEYHOLD_TLS_LIB_REMOTE_POLICY_VERSION_H_
#define KEYHOLD_TLS_LIB_REMOTE_POLICY_VERSION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// The key under which google.rpc.ErrorInfo.metadata has it, in lower-case
// hexadecimal digits, as metadata is text.
constexpr char kPolicyVersionMetadataKey[] = "policy_version";

// `status`, which is not OK, with the 16 raw bytes of `version` attached.
absl::Status WithPolicyVersion(absl::Status status, absl::string_view version);
// The raw bytes; empty if `status` carries none.
std::string PolicyVersionOf(const absl::Status& status);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_POLICY_VERSION_H_
