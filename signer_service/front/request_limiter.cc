#include "signer_service/front/request_limiter.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/retry_delay.h"

namespace keyhold {

// One bucket. `full_at`: when it will have filled up.
struct RequestLimiter::Count {
  absl::Time full_at = absl::InfinitePast();
  uint32_t under_way = 0;

  bool IsIdle(absl::Time now) const { return under_way == 0 && full_at <= now; }
};

namespace {

// Names beyond which those that are idle are forgotten.
constexpr size_t kSweepAt = 1024;
// For limits that no time can foretell.
constexpr absl::Duration kRetryAfter = absl::Milliseconds(100);

absl::Duration Interval(const RateLimit& limit) {
  return absl::Seconds(1) / static_cast<int64_t>(*limit.per_second);
}

absl::Status LimitReached(absl::string_view whose, uint32_t limit,
                          absl::string_view unit, absl::Duration delay) {
  return WithRetryDelay(
      WithReason(
          absl::ResourceExhaustedError(absl::StrCat(
              "at most ", limit, " signatures ", unit, " are made for ", whose,
              "; try again in ",
              absl::FormatDuration(absl::Ceil(delay, absl::Milliseconds(1))))),
          ErrorReason::kRateLimited),
      delay);
}

// OK if there is room for one more.
absl::Status CheckRoom(const RateLimit& limit, absl::Time full_at,
                       uint32_t under_way, absl::string_view whose,
                       absl::Time now) {
  if (limit.concurrency.has_value() && under_way >= *limit.concurrency) {
    return LimitReached(whose, *limit.concurrency, "at once", kRetryAfter);
  }
  if (!limit.per_second.has_value()) return absl::OkStatus();
  // It is full when nothing is missing; empty when `burst` are.
  const absl::Time next_full = std::max(full_at, now) + Interval(limit);
  const absl::Duration missing = next_full - now;
  const absl::Duration most = Interval(limit) * limit.burst;
  if (missing <= most) return absl::OkStatus();
  return LimitReached(whose, *limit.per_second, "a second", missing - most);
}

bool IsLimit(const RateLimit& limit) {
  return limit.per_second.has_value() || limit.concurrency.has_value();
}

}  // namespace

RequestLimiter::RequestLimiter(const SignatureLimits& limits)
    : total_(std::make_unique<Count>()) {
  SetLimits(limits);
}

RequestLimiter::~RequestLimiter() = default;

void RequestLimiter::SetLimits(const SignatureLimits& limits) {
  absl::MutexLock lock(&mutex_);
  limits_ = limits;
  limited_ =
      IsLimit(limits.identity) || IsLimit(limits.key) || IsLimit(limits.total);
}

RequestLimiter::Count& RequestLimiter::CountOf(Counts& counts,
                                               absl::string_view name,
                                               absl::Time now) {
  const auto found = counts.find(name);
  if (found != counts.end()) return *found->second;
  if (counts.size() >= kSweepAt) {
    absl::erase_if(
        counts, [now](const auto& entry) { return entry.second->IsIdle(now); });
  }
  return *(counts[std::string(name)] = std::make_unique<Count>());
}

absl::StatusOr<RequestLimiter::Permit> RequestLimiter::Take(
    absl::string_view identity, absl::string_view key_id, absl::Time now) {
  if (!limited_.load(std::memory_order_relaxed)) return Permit();
  absl::MutexLock lock(&mutex_);
  Count& of_identity = CountOf(identities_, identity, now);
  Count& of_key = CountOf(keys_, key_id, now);
  struct Counted {
    const RateLimit& limit;
    Count& count;
    std::string whose;
  };
  Counted all[] = {
      {limits_.identity, of_identity, "this caller"},
      {limits_.key, of_key, absl::StrCat("key ", key_id)},
      {limits_.total, *total_, "all callers together"},
  };
  for (const Counted& one : all) {
    RETURN_IF_ERROR(CheckRoom(one.limit, one.count.full_at, one.count.under_way,
                              one.whose, now));
  }
  for (Counted& one : all) {
    ++one.count.under_way;
    if (!one.limit.per_second.has_value()) continue;
    one.count.full_at = std::max(one.count.full_at, now) + Interval(one.limit);
  }
  Permit permit;
  permit.limiter_ = this;
  permit.identity_ = &of_identity;
  permit.key_ = &of_key;
  return permit;
}

void RequestLimiter::Give(Count& identity, Count& key) {
  absl::MutexLock lock(&mutex_);
  --identity.under_way;
  --key.under_way;
  --total_->under_way;
}

RequestLimiter::Permit& RequestLimiter::Permit::operator=(
    Permit&& other) noexcept {
  if (this == &other) return *this;
  Release();
  limiter_ = std::exchange(other.limiter_, nullptr);
  identity_ = other.identity_;
  key_ = other.key_;
  return *this;
}

void RequestLimiter::Permit::Release() {
  RequestLimiter* limiter = std::exchange(limiter_, nullptr);
  if (limiter != nullptr) limiter->Give(*identity_, *key_);
}

}  // namespace keyhold
