#include "signer_service/front/connection_counts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace keyhold {
namespace {

constexpr size_t kMaxTotal = 8192;
constexpr size_t kMaxPerPeer = 1024;
// A look takes a system call for each connection.
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(20);

// 0 if it is no socket any more.
uint64_t CookieOf(int fd) {
  uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) return 0;
  return cookie;
}

absl::Status TooManyConnectionsError(size_t limit) {
  return absl::ResourceExhaustedError(absl::StrCat(
      limit,
      " connections are open, which is the most; raise RLIMIT_NOFILE "
      "(LimitNOFILE= in the service's unit) if these are honest clients"));
}

absl::Status TooManyOfPeerError(size_t limit) {
  return absl::ResourceExhaustedError(absl::StrCat(
      limit,
      " connections from this address are open, which is the most; clients "
      "should share connections"));
}

}  // namespace

ConnectionCounts::Limits ConnectionCounts::LimitsFor(size_t open_files) {
  Limits limits;
  limits.total = std::clamp<size_t>(open_files / 2, 1, kMaxTotal);
  limits.per_peer = std::clamp<size_t>(limits.total / 2, 1, kMaxPerPeer);
  return limits;
}

absl::Status ConnectionCounts::Add(const std::string& peer, int fd) {
  const auto of_peer = [&] {
    const auto found = by_peer_.find(peer);
    return found == by_peer_.end() ? 0 : found->second.size();
  };
  if ((total_ >= limits_.total || of_peer() >= limits_.per_peer) && MayLook()) {
    ForgetClosed();
  }
  if (total_ >= limits_.total) return TooManyConnectionsError(limits_.total);
  if (of_peer() >= limits_.per_peer) {
    return TooManyOfPeerError(limits_.per_peer);
  }
  by_peer_[peer].push_back({fd, CookieOf(fd)});
  ++total_;
  return absl::OkStatus();
}

bool ConnectionCounts::MayLook() {
  const absl::Time now = absl::Now();
  if (now < next_look_) return false;
  next_look_ = now + kBetweenLooks;
  return true;
}

void ConnectionCounts::ForgetClosed() {
  total_ = 0;
  for (auto peer = by_peer_.begin(); peer != by_peer_.end();) {
    std::vector<Connection>& open = peer->second;
    open.erase(std::remove_if(open.begin(), open.end(),
                              [](const Connection& connection) {
                                return CookieOf(connection.fd) !=
                                       connection.cookie;
                              }),
               open.end());
    total_ += open.size();
    if (open.empty()) {
      by_peer_.erase(peer++);
    } else {
      ++peer;
    }
  }
}

std::string PeerAddress(int fd) {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } address = {};
  socklen_t size = sizeof(address);
  if (getpeername(fd, &address.any, &size) != 0) return "";
  char text[INET6_ADDRSTRLEN] = "";
  if (address.any.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof(text));
  } else if (address.any.sa_family == AF_INET) {
    inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof(text));
  }
  return text;
}

}  // namespace keyhold
