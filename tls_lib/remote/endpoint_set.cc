#include "tls_lib/remote/endpoint_set.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/completion_loop.h"
#include "tls_lib/remote/endpoint_picker.h"
#include "tls_lib/remote/signer_channel.h"

namespace keyhold {
namespace {

absl::Status ClientWasClosed() {
  return absl::CancelledError("the client was closed");
}

absl::Status TooManyCalls(size_t max) {
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          "this client has ", max,
          " calls under way already (SignerClientOptions.max_in_flight): the "
          "signers do not keep up")),
      ErrorReason::kTooManyInFlight);
}

}  // namespace

EndpointSet::EndpointSet(const SignerClientOptions& options)
    : options_(options),
      lookup_(options.lookup ? options.lookup : LookUpInSystem),
      credentials_(
          MakeSignerCredentials(options.tls, options.tls_refresh_interval)),
      name_(absl::StrJoin(options.endpoints, ", ")) {}

std::shared_ptr<EndpointSet> EndpointSet::Create(
    const SignerClientOptions& options, std::vector<Endpoint> endpoints) {
  auto set = std::make_shared<EndpointSet>(options);
  absl::MutexLock lock(&set->mutex_);
  for (Endpoint& endpoint : endpoints) {
    if (endpoint.is_name) {
      set->names_.push_back(Name{std::move(endpoint)});
    } else {
      set->entries_.push_back(set->NewEntry(std::move(endpoint), -1));
    }
  }
  return set;
}

EndpointSet::Entry EndpointSet::NewEntry(Endpoint endpoint, int name) {
  Entry entry;
  entry.endpoint = std::make_shared<SignerEndpoint>(
      std::move(endpoint), options_.tls, credentials_, weak_from_this());
  entry.name = name;
  return entry;
}

absl::Status EndpointSet::Join(const std::shared_ptr<Call>& call, Need need) {
  bool lookups = false;
  bool streams = false;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return ClientWasClosed();
    if (calls_.size() >= options_.max_in_flight) {
      return TooManyCalls(options_.max_in_flight);
    }
    calls_.emplace(call.get(), call);
    lookups = !std::exchange(lookups_begun_, true);
    if (need == Need::kStream) streams = !std::exchange(streams_begun_, true);
  }
  if (lookups || streams) Begin(lookups, streams);
  return absl::OkStatus();
}

void EndpointSet::Begin(bool lookups, bool streams) {
  std::vector<std::shared_ptr<SignerEndpoint>> endpoints;
  size_t names = 0;
  {
    absl::MutexLock lock(&mutex_);
    names = names_.size();
    for (const Entry& entry : entries_) endpoints.push_back(entry.endpoint);
  }
  for (size_t name = 0; lookups && name < names; ++name) LookUp(name);
  if (!streams) return;
  for (const auto& endpoint : endpoints) endpoint->Open();
}

void EndpointSet::Leave(const Call& call) {
  absl::MutexLock lock(&mutex_);
  calls_.erase(&call);
}

EndpointSet::Entry* EndpointSet::FindEntry(const SignerEndpoint& endpoint) {
  for (Entry& entry : entries_) {
    if (entry.endpoint.get() == &endpoint) return &entry;
  }
  return nullptr;
}

std::optional<size_t> EndpointSet::Pick(const Tried& tried, Need need) const {
  absl::InlinedVector<EndpointCandidate, 8> candidates;
  for (const Entry& entry : entries_) {
    EndpointCandidate candidate;
    candidate.rank = entry.state.rank();
    candidate.outstanding = entry.state.outstanding();
    candidate.has_room = entry.state.has_room();
    candidate.tried = absl::c_linear_search(tried, entry.endpoint.get());
    candidates.push_back(candidate);
  }
  return PickEndpoint(candidates, turn_, need == Need::kChannel);
}

std::optional<EndpointSet::Place> EndpointSet::Find(const Tried& tried,
                                                    Need need) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return std::nullopt;
  const std::optional<size_t> picked = Pick(tried, need);
  if (!picked.has_value()) return std::nullopt;
  turn_ = *picked + 1;
  Entry& entry = entries_[*picked];
  entry.state.Sent();
  return Place{entry.endpoint, entry.stream, entries_.size() > 1};
}

EndpointSet::Place EndpointSet::FindAt(
    std::shared_ptr<SignerEndpoint> endpoint) {
  absl::MutexLock lock(&mutex_);
  Entry* entry = FindEntry(*endpoint);
  if (entry != nullptr) entry->state.Sent();
  return Place{std::move(endpoint), nullptr, false};
}

bool EndpointSet::HasOtherThan(const Tried& tried) const {
  absl::MutexLock lock(&mutex_);
  return absl::c_any_of(entries_, [&tried](const Entry& entry) {
    return !absl::c_linear_search(tried, entry.endpoint.get());
  });
}

void EndpointSet::Settle(const SignerEndpoint& endpoint,
                         const Outcome& outcome) {
  absl::Time ejected_until;
  {
    absl::MutexLock lock(&mutex_);
    if (outcome.kind == Outcome::Kind::kAnswered && options_.hedge) {
      hedging_.Answered(outcome.took);
    }
    Entry* entry = FindEntry(endpoint);
    if (entry == nullptr) return;
    entry->state.Settled();
    entry->state.PolicyVersionIs(outcome.policy_version);
    if (outcome.kind == Outcome::Kind::kAnswered) entry->state.Succeeded();
    if (outcome.kind != Outcome::Kind::kFailed) return;
    if (!entry->state.Failed(outcome.failure, absl::Now())) return;
    ejected_until = entry->state.ejected_until();
  }
  ProbeAt(ejected_until, endpoint);
}

void EndpointSet::ReportOverdue(const SignerEndpoint& endpoint,
                                absl::Time since) {
  absl::Time ejected_until;
  std::shared_ptr<SignStreamClient> stream;
  {
    absl::MutexLock lock(&mutex_);
    Entry* entry = FindEntry(endpoint);
    if (entry == nullptr || !entry->state.WasSilent(since, absl::Now())) return;
    ejected_until = entry->state.ejected_until();
    stream = entry->stream;
  }
  ProbeAt(ejected_until, endpoint);
  // What else is there goes elsewhere now, and does not wait for its turn.
  if (stream != nullptr) stream->Doubt();
}

void EndpointSet::ReportDraining(const SignerEndpoint& endpoint) {
  absl::MutexLock lock(&mutex_);
  Entry* entry = FindEntry(endpoint);
  if (entry != nullptr) entry->state.Draining();
}

void EndpointSet::ProbeAt(absl::Time when, const SignerEndpoint& endpoint) {
  std::weak_ptr<SignerEndpoint> weak;
  {
    absl::MutexLock lock(&mutex_);
    Entry* entry = FindEntry(endpoint);
    if (entry == nullptr) return;
    weak = entry->endpoint;
  }
  CompletionLoop::Get().AddTimer(when, [weak] {
    if (const auto alive = weak.lock(); alive != nullptr) alive->Probe();
  });
}

uint64_t EndpointSet::AwaitRoom(const std::shared_ptr<Call>& call) {
  absl::MutexLock lock(&mutex_);
  waiting_.emplace(++last_ticket_, call);
  return last_ticket_;
}

void EndpointSet::StopWaiting(uint64_t ticket) {
  absl::MutexLock lock(&mutex_);
  waiting_.erase(ticket);
}

void EndpointSet::ServeWaiting() { Serve(/*all=*/true); }

void EndpointSet::ServeWhileThereIsRoom() { Serve(/*all=*/false); }

void EndpointSet::Serve(bool all) {
  // Those that come back to wait are left for the next time.
  uint64_t last = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (waiting_.empty()) return;
    last = last_ticket_;
  }
  while (true) {
    std::shared_ptr<Call> call;
    {
      absl::MutexLock lock(&mutex_);
      if (waiting_.empty() || waiting_.begin()->first > last) return;
      if (!all && !Pick({}, Need::kStream).has_value()) return;
      call = waiting_.begin()->second.lock();
      waiting_.erase(waiting_.begin());
    }
    if (call != nullptr) call->OnRoom();
  }
}

std::optional<absl::Duration> EndpointSet::HedgingDelayForNext() {
  if (!options_.hedge) return std::nullopt;
  absl::MutexLock lock(&mutex_);
  return hedging_.ForNextRequest();
}

bool EndpointSet::TakeHedge() {
  absl::MutexLock lock(&mutex_);
  return hedging_.TakeHedge();
}

bool EndpointSet::closed() const {
  absl::MutexLock lock(&mutex_);
  return closed_;
}

void EndpointSet::Close() {
  std::vector<std::shared_ptr<Call>> calls;
  std::vector<std::shared_ptr<SignerEndpoint>> endpoints;
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(closed_, true)) return;
    for (const auto& [call, weak] : calls_) {
      if (auto alive = weak.lock()) calls.push_back(std::move(alive));
    }
    waiting_.clear();
    for (const Entry& entry : entries_) endpoints.push_back(entry.endpoint);
  }
  for (const auto& call : calls) call->OnClose();
  for (const auto& endpoint : endpoints) endpoint->Close();
}

}  // namespace keyhold
