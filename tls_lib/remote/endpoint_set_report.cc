// EndpointSet: what it says of its endpoints.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tls_lib/remote/endpoint_set.h"
#include "tls_lib/remote/failure_class.h"
#include "tls_lib/remote/status_note.h"

namespace keyhold {
namespace {

SignerEndpointStatus::Connection ToStatus(EndpointState::Connection state) {
  switch (state) {
    case EndpointState::Connection::kIdle:
      return SignerEndpointStatus::Connection::kIdle;
    case EndpointState::Connection::kConnecting:
      return SignerEndpointStatus::Connection::kConnecting;
    case EndpointState::Connection::kOpen:
      return SignerEndpointStatus::Connection::kConnected;
  }
  return SignerEndpointStatus::Connection::kIdle;
}

SignerEndpointStatus::Health ToStatus(EndpointState::Health health) {
  switch (health) {
    case EndpointState::Health::kUnknown:
      return SignerEndpointStatus::Health::kUnknown;
    case EndpointState::Health::kServing:
      return SignerEndpointStatus::Health::kServing;
    case EndpointState::Health::kNotServing:
      return SignerEndpointStatus::Health::kNotServing;
  }
  return SignerEndpointStatus::Health::kUnknown;
}

}  // namespace

absl::Status EndpointSet::WhyNone(absl::string_view call) const {
  const std::string what = absl::StrCat("signer ", name_, ": ", call);
  std::vector<std::string> causes;
  std::vector<std::pair<std::shared_ptr<SignerEndpoint>, absl::Status>> failed;
  {
    absl::MutexLock lock(&mutex_);
    for (const Name& name : names_) {
      if (!name.problem.ok()) causes.emplace_back(name.problem.message());
    }
    for (const Entry& entry : entries_) {
      if (entry.state.rank() != EndpointState::Rank::kClosed ||
          entry.state.last_error().ok()) {
        continue;
      }
      failed.emplace_back(entry.endpoint, entry.state.last_error());
    }
  }
  for (const auto& [endpoint, status] : failed) {
    causes.emplace_back(endpoint->Explained(status).message());
  }
  if (causes.empty()) {
    return absl::DeadlineExceededError(
        absl::StrCat(what, ": no connection was made in time"));
  }
  return absl::UnavailableError(absl::StrCat(
      what, ": no signer could be reached: ", absl::StrJoin(causes, "; ")));
}

absl::Status EndpointSet::RefusedByAll(absl::string_view call) const {
  absl::MutexLock lock(&mutex_);
  if (entries_.empty()) return absl::OkStatus();
  for (const Entry& entry : entries_) {
    const absl::Status& error = entry.state.last_error();
    if (entry.state.rank() != EndpointState::Rank::kClosed || error.ok() ||
        IsPassing(error)) {
      return absl::OkStatus();
    }
  }
  return WithNote(entries_.front().state.last_error(),
                  absl::StrCat("so ", call, " could not be asked"));
}

void EndpointSet::Examine(absl::Time deadline) {
  std::vector<std::pair<std::shared_ptr<SignerEndpoint>, absl::Status>> failed;
  {
    absl::MutexLock lock(&mutex_);
    for (const Entry& entry : entries_) {
      if (entry.state.rank() != EndpointState::Rank::kClosed) return;
      failed.emplace_back(entry.endpoint, entry.state.last_error());
    }
  }
  for (const auto& [endpoint, status] : failed) {
    endpoint->Examine(status, deadline);
  }
}

std::string EndpointSet::policy_version() const {
  absl::MutexLock lock(&mutex_);
  const std::optional<size_t> next = Pick({}, Need::kChannel);
  if (next.has_value() && !entries_[*next].state.policy_version().empty()) {
    return entries_[*next].state.policy_version();
  }
  for (const Entry& entry : entries_) {
    if (!entry.state.policy_version().empty()) {
      return entry.state.policy_version();
    }
  }
  return "";
}

std::vector<SignerEndpointStatus> EndpointSet::Snapshot() const {
  absl::MutexLock lock(&mutex_);
  std::vector<SignerEndpointStatus> all;
  for (const Entry& entry : entries_) {
    const EndpointState& state = entry.state;
    SignerEndpointStatus status;
    status.endpoint = entry.endpoint->endpoint().name;
    status.connection = ToStatus(state.connection());
    status.health = ToStatus(state.health());
    status.draining = state.draining();
    status.outstanding = state.outstanding();
    status.ejected_until = state.ejected_until();
    status.last_error = std::string(state.last_error().message());
    status.last_error_time = state.last_error_time();
    status.policy_version = state.policy_version();
    all.push_back(std::move(status));
  }
  for (const Name& name : names_) {
    if (name.problem.ok()) continue;
    SignerEndpointStatus status;
    status.endpoint = name.endpoint.name;
    status.last_error = std::string(name.problem.message());
    status.last_error_time = name.looked_up;
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace keyhold
