// EndpointSet: what it hears from its endpoints.
#include <utility>

#include "absl/time/clock.h"
#include "tls_lib/remote/endpoint_set.h"
#include "tls_lib/remote/failure_class.h"

namespace keyhold {

void EndpointSet::OnConnecting(SignerEndpoint& endpoint) {
  absl::MutexLock lock(&mutex_);
  Entry* entry = FindEntry(endpoint);
  if (entry != nullptr) entry->state.Connecting();
}

void EndpointSet::OnOpen(SignerEndpoint& endpoint,
                         std::shared_ptr<SignStreamClient> stream) {
  {
    absl::MutexLock lock(&mutex_);
    Entry* entry = FindEntry(endpoint);
    if (entry == nullptr) return;
    entry->state.Opened(stream->max_outstanding());
    entry->stream = std::move(stream);
  }
  ServeWhileThereIsRoom();
}

void EndpointSet::OnAnswers(SignerEndpoint& endpoint) {
  {
    absl::MutexLock lock(&mutex_);
    Entry* entry = FindEntry(endpoint);
    if (entry != nullptr) entry->state.Spoke(absl::Now());
    if (waiting_.empty()) return;
  }
  ServeWhileThereIsRoom();
}

void EndpointSet::OnClosed(SignerEndpoint& endpoint, const absl::Status& why) {
  int name = -1;
  {
    absl::MutexLock lock(&mutex_);
    Entry* entry = FindEntry(endpoint);
    if (entry == nullptr) return;
    entry->state.Closed(why, absl::Now());
    entry->stream = nullptr;
    name = entry->name;
  }
  // Its address may have changed.
  if (name >= 0) LookUp(static_cast<size_t>(name));
  // Those who wait are told if no endpoint will ever take them.
  if (!IsPassing(why)) ServeWaiting();
}

void EndpointSet::OnHealthOf(SignerEndpoint& endpoint,
                             EndpointState::Health health) {
  {
    absl::MutexLock lock(&mutex_);
    Entry* entry = FindEntry(endpoint);
    if (entry != nullptr) entry->state.HealthIs(health);
  }
  ServeWaiting();
}

void EndpointSet::OnProbed(SignerEndpoint& endpoint, bool serves) {
  absl::Time again = absl::InfinitePast();
  {
    absl::MutexLock lock(&mutex_);
    Entry* entry = FindEntry(endpoint);
    if (closed_ || entry == nullptr || !entry->state.ejected()) return;
    if (serves) {
      entry->state.ProbeSucceeded();
    } else {
      entry->state.ProbeFailed(absl::Now());
      again = entry->state.ejected_until();
    }
  }
  if (serves) {
    ServeWaiting();
  } else {
    ProbeAt(again, endpoint);
  }
}

}  // namespace keyhold
