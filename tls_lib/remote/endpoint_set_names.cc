// EndpointSet: endpoints whose host is a name.
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/time/clock.h"
#include "tls_lib/remote/completion_loop.h"
#include "tls_lib/remote/endpoint_set.h"

namespace keyhold {
namespace {

// A name is looked up no more often, whatever happens.
constexpr absl::Duration kLookUpAgain = absl::Seconds(1);

}  // namespace

void EndpointSet::LookUp(size_t name) {
  std::string host;
  {
    absl::MutexLock lock(&mutex_);
    Name& each = names_[name];
    const absl::Time now = absl::Now();
    if (closed_ || each.looking_up || now < each.looked_up + kLookUpAgain) {
      return;
    }
    each.looking_up = true;
    each.looked_up = now;
    host = each.endpoint.host;
  }
  StartLookup(lookup_, std::move(host),
              [weak = weak_from_this(), name](auto addresses) {
                const auto set = weak.lock();
                if (set != nullptr) set->OnLookedUp(name, std::move(addresses));
              });
}

void EndpointSet::LookUpAt(absl::Time when, size_t name) {
  const TimerQueue::Id timer =
      CompletionLoop::Get().AddTimer(when, [weak = weak_from_this(), name] {
        const auto set = weak.lock();
        if (set != nullptr) set->LookUp(name);
      });
  TimerQueue::Id last;
  {
    absl::MutexLock lock(&mutex_);
    last = std::exchange(names_[name].timer, timer);
  }
  // A look-up out of turn puts the next one off.
  CompletionLoop::Get().RemoveTimer(last);
}

void EndpointSet::OnLookedUp(
    size_t name, absl::StatusOr<std::vector<std::string>> addresses) {
  std::vector<std::shared_ptr<SignerEndpoint>> gone;
  std::vector<std::shared_ptr<SignerEndpoint>> here;
  absl::Duration again = options_.lookup_interval;
  {
    absl::MutexLock lock(&mutex_);
    Name& each = names_[name];
    each.looking_up = false;
    each.problem = addresses.status();
    if (closed_) return;
    // What is known is used on, however old.
    if (addresses.ok()) gone = Replace(name, *addresses);
    if (!addresses.ok()) again = kLookUpAgain;
    if (streams_begun_) {
      for (const Entry& entry : entries_) here.push_back(entry.endpoint);
    }
  }
  for (const auto& endpoint : gone) endpoint->CloseWhenIdle();
  for (const auto& endpoint : here) endpoint->Open();
  ServeWaiting();
  LookUpAt(absl::Now() + again, name);
}

std::vector<std::shared_ptr<SignerEndpoint>> EndpointSet::Replace(
    size_t name, const std::vector<std::string>& addresses) {
  std::vector<Endpoint> wanted;
  for (const std::string& address : addresses) {
    wanted.push_back(EndpointAt(names_[name].endpoint, address));
  }
  std::vector<std::shared_ptr<SignerEndpoint>> gone;
  std::vector<Entry> entries;
  for (Entry& entry : entries_) {
    const auto same = absl::c_find_if(wanted, [&entry](const Endpoint& each) {
      return each.target == entry.endpoint->endpoint().target;
    });
    if (entry.name != static_cast<int>(name)) {
      entries.push_back(std::move(entry));
    } else if (same != wanted.end()) {
      wanted.erase(same);
      entries.push_back(std::move(entry));
    } else {
      gone.push_back(std::move(entry.endpoint));
    }
  }
  for (Endpoint& endpoint : wanted) {
    entries.push_back(NewEntry(std::move(endpoint), static_cast<int>(name)));
  }
  entries_ = std::move(entries);
  return gone;
}

}  // namespace keyhold
