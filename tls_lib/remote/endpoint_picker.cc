#include "tls_lib/remote/endpoint_picker.h"

#include <tuple>

namespace keyhold {
namespace {

// Less is better.
auto Cost(const EndpointCandidate& candidate) {
  return std::make_tuple(candidate.rank, candidate.outstanding);
}

}  // namespace

std::optional<size_t> PickEndpoint(
    absl::Span<const EndpointCandidate> candidates, size_t turn,
    bool allow_closed) {
  std::optional<size_t> best;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const size_t index = (turn + i) % candidates.size();
    const EndpointCandidate& candidate = candidates[index];
    const bool closed = candidate.rank == EndpointState::Rank::kClosed;
    if (candidate.tried || (closed && !allow_closed)) continue;
    if (!closed && !allow_closed && !candidate.has_room) continue;
    if (!best.has_value() || Cost(candidate) < Cost(candidates[*best])) {
      best = index;
    }
  }
  return best;
}

}  // namespace keyhold
