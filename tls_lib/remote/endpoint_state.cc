#include "tls_lib/remote/endpoint_state.h"

namespace keyhold {
namespace {

absl::Status NoAnswer() {
  return absl::DeadlineExceededError(
      "no answer to anything within the time of an attempt");
}

}  // namespace

EndpointState::Rank EndpointState::rank() const {
  if (connection_ != Connection::kOpen) return Rank::kClosed;
  const bool well = !ejected() && !draining_ && health_ != Health::kNotServing;
  return well ? Rank::kUsable : Rank::kDoubtful;
}

void EndpointState::Opened(size_t places) {
  connection_ = Connection::kOpen;
  places_ = places;
  // It may be another process than the one that drained.
  draining_ = false;
  health_ = Health::kUnknown;
  failures_ = 0;
  ejected_until_ = absl::InfinitePast();
}

void EndpointState::Closed(const absl::Status& why, absl::Time now) {
  connection_ = Connection::kIdle;
  health_ = Health::kUnknown;
  places_ = 0;
  Note(why, now);
}

void EndpointState::HealthIs(Health health) {
  health_ = health;
  if (health == Health::kServing) draining_ = false;
}

bool EndpointState::Spoke(absl::Time now) {
  spoke_ = now;
  if (!ejected() || !silent_) return false;
  ejected_until_ = absl::InfinitePast();
  return true;
}

void EndpointState::Succeeded() {
  failures_ = 0;
  if (!ejected()) ejection_.Reset();
}

bool EndpointState::Failed(const absl::Status& why, absl::Time now) {
  Note(why, now);
  if (++failures_ < kMaxFailures || ejected()) return false;
  silent_ = false;
  Eject(now);
  return true;
}

bool EndpointState::WasSilent(absl::Time since, absl::Time now) {
  if (spoke_ >= since || ejected()) return false;
  Note(NoAnswer(), now);
  silent_ = true;
  Eject(now);
  return true;
}

void EndpointState::ProbeSucceeded() {
  ejected_until_ = absl::InfinitePast();
  failures_ = 0;
}

void EndpointState::ProbeFailed(absl::Time now) { Eject(now); }

void EndpointState::PolicyVersionIs(absl::string_view version) {
  if (version.empty() || policy_version_ == version) return;
  policy_version_ = std::string(version);
}

void EndpointState::Eject(absl::Time now) {
  ejected_until_ = now + ejection_.Next();
}

void EndpointState::Note(const absl::Status& why, absl::Time now) {
  last_error_ = why;
  last_error_time_ = now;
}

}  // namespace keyhold
