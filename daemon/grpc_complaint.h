// Puts gRPC's own error messages into an operator's words.
#ifndef KEYHOLD_DAEMON_GRPC_COMPLAINT_H_
#define KEYHOLD_DAEMON_GRPC_COMPLAINT_H_

#include "absl/strings/string_view.h"
#include "daemon/json_log.h"

namespace keyhold {

// A line of the log for one message of gRPC: what it means and what to do
// where that is known (event "tls_refused"), and the message itself, which
// says no more of the peer than this.
JsonLine GrpcComplaint(absl::string_view message);

}  // namespace keyhold

#endif  // KEYHOLD_DAEMON_GRPC_COMPLAINT_H_
