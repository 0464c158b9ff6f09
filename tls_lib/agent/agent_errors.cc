#include "tls_lib/agent/agent_errors.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "daemon/rpc_status.h"
#include "google/rpc/status.pb.h"
#include "tls_lib/agent/frame_reader.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/policy_version.h"

namespace keyhold {
namespace {

// google.rpc.Code.DATA_LOSS
constexpr int kDataLossCode = 15;
// Bytes of a key's hash that stand in a message.
constexpr size_t kShownHashBytes = 8;

std::string Describe(const UnixPeer& caller) {
  return absl::StrCat("uid ", caller.uid, " (gid ", caller.gid, ")");
}

}  // namespace

absl::Status NobodyError() {
  return WithReason(
      absl::UnauthenticatedError(absl::StrCat(
          "the caller's uid is ", kOverflowId,
          ", which stands for users without a number of their own; run the "
          "process as another user, or the agent in its user namespace")),
      ErrorReason::kNoClientIdentity);
}

absl::Status NoRuleError(const UnixPeer& caller) {
  return WithReason(
      absl::PermissionDeniedError(absl::StrCat(
          Describe(caller),
          " may use no key of this agent; add a rule to agent.yaml")),
      ErrorReason::kLocalCallerNotAllowed);
}

absl::Status KeyNotAllowedError(const UnixPeer& caller,
                                absl::string_view spki_sha256) {
  return WithReason(
      absl::PermissionDeniedError(absl::StrCat(
          "no rule of agent.yaml lets ", Describe(caller), " use the key ",
          absl::BytesToHexString(spki_sha256.substr(0, kShownHashBytes)),
          ", or there is no such key; compare the certificate with keyhold "
          "keys list")),
      ErrorReason::kLocalCallerNotAllowed);
}

absl::Status KeysUnknownError(const absl::Status& cause) {
  return absl::UnavailableError(absl::StrCat(
      "the agent's rules name keys by id, and it could not ask the signer "
      "for them: ",
      cause.message()));
}

absl::Status DrainingError() {
  return WithReason(
      absl::UnavailableError("the agent is about to stop; try again"),
      ErrorReason::kDraining);
}

absl::Status ItemCancelledError() {
  return WithReason(absl::CancelledError("cancelled by the caller"),
                    ErrorReason::kCancelled);
}

absl::Status TooManyItemsError(absl::string_view whose, int64_t most,
                               absl::string_view limit) {
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        whose, " ", most,
                        " signatures outstanding, which is the most; wait "
                        "for answers, or raise limits.",
                        limit, " in agent.yaml")),
                    ErrorReason::kTooManyInFlight);
}

absl::Status TooManyItemsInFrameError(int items) {
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        "a frame with ", items,
                        " items; the limits of this agent allow fewer: split "
                        "it")),
                    ErrorReason::kFrameTooLarge);
}

absl::Status TooManyBytesError(const UnixPeer& caller, int64_t most) {
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          Describe(caller), " has the agent hold ", most,
          " bytes, which is the most (limits.max_bytes_per_user)")),
      ErrorReason::kTooManyInFlight);
}

absl::Status MalformedFrameError(absl::string_view problem) {
  return WithReason(
      absl::InvalidArgumentError(absl::StrCat("malformed frame: ", problem)),
      ErrorReason::kInvalidRequest);
}

absl::Status IdInUseError(uint64_t id) {
  return WithReason(
      absl::InvalidArgumentError(absl::StrCat(
          "id: ", id, " is that of an item that is outstanding already")),
      ErrorReason::kInvalidRequest);
}

absl::Status NoSuchHashError(size_t bytes) {
  return WithReason(absl::InvalidArgumentError(absl::StrCat(
                        "spki_sha256: has ", bytes, " bytes; expected 32")),
                    ErrorReason::kInvalidRequest);
}

absl::Status UnreadError(absl::Duration stall_time) {
  return absl::DeadlineExceededError(absl::StrCat(
      "answers were not read for ", absl::FormatDuration(stall_time)));
}

absl::Status HalfFrameError(absl::Duration stall_time) {
  return absl::DeadlineExceededError(absl::StrCat(
      "a frame was not whole after ", absl::FormatDuration(stall_time)));
}

signer::v1::SignResponse FailedItem(uint64_t id, const absl::Status& status) {
  const std::string version = PolicyVersionOf(status);
  signer::v1::SignResponse response;
  response.set_id(id);
  *response.mutable_status() = ToRpcStatus(status, version);
  if (GetReason(status) == ErrorReason::kSignatureCheckFailed) {
    response.mutable_status()->set_code(kDataLossCode);
  }
  response.set_policy_version(version);
  return response;
}

signer::v1::SignBatchResponse FailedItemFrame(uint64_t id,
                                              const absl::Status& status) {
  signer::v1::SignBatchResponse frame;
  *frame.add_items() = FailedItem(id, status);
  return frame;
}

}  // namespace keyhold
