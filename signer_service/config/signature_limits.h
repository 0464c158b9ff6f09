// How many signatures may be made.
#ifndef KEYHOLD_SIGNER_SERVICE_CONFIG_SIGNATURE_LIMITS_H_
#define KEYHOLD_SIGNER_SERVICE_CONFIG_SIGNATURE_LIMITS_H_

#include <cstdint>
#include <optional>

namespace keyhold {

struct RateLimit {
  // Null: no limit.
  std::optional<uint32_t> per_second;
  // At least 1 where there is a rate.
  uint32_t burst = 0;
  // Under way at once. Null: no limit.
  std::optional<uint32_t> concurrency;
};

struct SignatureLimits {
  RateLimit identity;
  RateLimit key;
  RateLimit total;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_CONFIG_SIGNATURE_LIMITS_H_
