// Which endpoint gets the next attempt.
#ifndef KEYHOLD_TLS_LIB_REMOTE_ENDPOINT_PICKER_H_
#define KEYHOLD_TLS_LIB_REMOTE_ENDPOINT_PICKER_H_

#include <cstddef>
#include <optional>

#include "absl/types/span.h"
#include "tls_lib/remote/endpoint_state.h"

namespace keyhold {

// What counts of an endpoint.
struct EndpointCandidate {
  EndpointState::Rank rank = EndpointState::Rank::kClosed;
  size_t outstanding = 0;
  bool has_room = true;
  // The request was there already.
  bool tried = false;
};

// The candidate of the best rank with the least outstanding; among equals the
// first from `turn` on, counted around, so that callers who count `turn` up
// spread their load. Those without room, or tried before, are left out. Null
// if none is left.
//
// `allow_closed`: whether one that is not connected is better than none.
std::optional<size_t> PickEndpoint(
    absl::Span<const EndpointCandidate> candidates, size_t turn,
    bool allow_closed);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_ENDPOINT_PICKER_H_
