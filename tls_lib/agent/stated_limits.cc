#include "tls_lib/agent/stated_limits.h"

#include <cstdint>

#include "absl/time/time.h"
#include "tls_lib/agent/frame_reader.h"

namespace keyhold {
namespace {

constexpr uint32_t kMaxMessageBytes = 131072;
constexpr uint32_t kMaxHandshakeBytes = 65536;

}  // namespace

signer::v1::ServiceLimits StatedLimits(const AgentLimits& limits) {
  signer::v1::ServiceLimits stated;
  stated.set_max_items_in_flight(
      static_cast<uint32_t>(limits.max_items_in_flight));
  stated.set_max_items_per_frame(kMaxItemsPerFrame);
  stated.set_max_frame_bytes(kMaxFrameBytes);
  stated.set_max_message_bytes(kMaxMessageBytes);
  stated.set_max_handshake_bytes(kMaxHandshakeBytes);
  for (int usage = signer::v1::Usage_MIN + 1; usage <= signer::v1::Usage_MAX;
       ++usage) {
    stated.add_accepted_usages(static_cast<signer::v1::Usage>(usage));
  }
  stated.set_max_time_us(
      static_cast<uint64_t>(absl::ToInt64Microseconds(limits.max_time)));
  return stated;
}

}  // namespace keyhold
