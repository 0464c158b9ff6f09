// What the agent itself refuses, and how it says so.
#ifndef KEYHOLD_TLS_LIB_AGENT_AGENT_ERRORS_H_
#define KEYHOLD_TLS_LIB_AGENT_AGENT_ERRORS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "daemon/unix_peer.h"
#include "keyhold/signer/v1/sign.pb.h"

namespace keyhold {

// Unauthenticated, NO_CLIENT_IDENTITY.
absl::Status NobodyError();
// PermissionDenied, LOCAL_CALLER_NOT_ALLOWED: no rule names the caller.
absl::Status NoRuleError(const UnixPeer& caller);
// The same: no rule lets the caller use this key, which may not exist.
absl::Status KeyNotAllowedError(const UnixPeer& caller,
                                absl::string_view spki_sha256);
// Unavailable: nobody knows yet what the key is called. `cause`: why.
absl::Status KeysUnknownError(const absl::Status& cause);
// Unavailable, DRAINING.
absl::Status DrainingError();
// Cancelled, CANCELLED: the process did not want the item any more.
absl::Status ItemCancelledError();
// ResourceExhausted, TOO_MANY_IN_FLIGHT. `whose`: "this connection has".
absl::Status TooManyItemsError(absl::string_view whose, int64_t most,
                               absl::string_view limit);
// ResourceExhausted, FRAME_TOO_LARGE.
absl::Status TooManyItemsInFrameError(int items);
// ResourceExhausted, TOO_MANY_IN_FLIGHT.
absl::Status TooManyBytesError(const UnixPeer& caller, int64_t most);
// InvalidArgument, INVALID_REQUEST.
absl::Status MalformedFrameError(absl::string_view problem);
absl::Status IdInUseError(uint64_t id);
absl::Status NoSuchHashError(size_t bytes);
// DeadlineExceeded: what was to be read, or sent in full, was not in that time.
absl::Status UnreadError(absl::Duration stall_time);
absl::Status HalfFrameError(absl::Duration stall_time);

// The answer to an item that failed, with google.rpc details. A status that
// carries the signer's policy version passes it on, and
// SIGNATURE_CHECK_FAILED is DATA_LOSS again.
signer::v1::SignResponse FailedItem(uint64_t id, const absl::Status& status);
// FailedItem alone in a frame.
signer::v1::SignBatchResponse FailedItemFrame(uint64_t id,
                                              const absl::Status& status);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_AGENT_ERRORS_H_
