#include "signer_service/config/limits_reader.h"

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

constexpr uint32_t kMost = 1'000'000;

// Null if it is not given.
std::optional<uint32_t> Number(const std::string& field, uint32_t value,
                               FaultList& faults) {
  if (!faults.IsGiven(field)) return std::nullopt;
  if (value < 1 || value > kMost) {
    faults.Add(field, absl::StrCat("expected 1 to ", kMost, ", got ", value));
  }
  return value;
}

RateLimit ReadRate(bool given, const signer::v1::RateLimit& in,
                   const std::string& path, FaultList& faults) {
  RateLimit limit;
  if (!given) return limit;
  limit.per_second = Number(path + ".per_second", in.per_second(), faults);
  limit.concurrency = Number(path + ".concurrency", in.concurrency(), faults);
  const std::optional<uint32_t> burst =
      Number(path + ".burst", in.burst(), faults);
  if (!limit.per_second.has_value() && !limit.concurrency.has_value()) {
    faults.Add(path, "required: per_second, concurrency or both");
  }
  if (burst.has_value() && !limit.per_second.has_value()) {
    faults.Add(path + ".burst", "is of no use without per_second");
  }
  limit.burst = burst.value_or(limit.per_second.value_or(0));
  return limit;
}

}  // namespace

SignatureLimits ReadSignatureLimits(const signer::v1::Limits& limits,
                                    FaultList& faults) {
  SignatureLimits result;
  result.identity = ReadRate(limits.has_identity(), limits.identity(),
                             "limits.identity", faults);
  result.key = ReadRate(limits.has_key(), limits.key(), "limits.key", faults);
  result.total =
      ReadRate(limits.has_total(), limits.total(), "limits.total", faults);
  return result;
}

}  // namespace keyhold
