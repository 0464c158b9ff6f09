#include "tests/fakes/tcp_relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

constexpr size_t kMostAtOnce = 16384;

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::abort();
}

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int PortOf(absl::string_view endpoint) {
  int port = 0;
  if (!absl::SimpleAtoi(endpoint.substr(endpoint.rfind(':') + 1), &port)) {
    Die("the relay's target has no port");
  }
  return port;
}

// A reset, not an orderly end.
void Reset(UniqueFd& fd) {
  const linger now = {1, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  fd.Reset();
}

// Passes on what there is, at most `most` bytes. What was passed; 0 if the
// connection is over.
size_t Pass(int from, int to, size_t most) {
  char buffer[16384];
  const ssize_t size = recv(from, buffer, std::min(most, sizeof(buffer)), 0);
  if (size <= 0) return 0;
  for (ssize_t sent = 0; sent < size;) {
    const ssize_t n = send(to, buffer + sent, size - sent, MSG_NOSIGNAL);
    if (n <= 0) return 0;
    sent += n;
  }
  return static_cast<size_t>(size);
}

}  // namespace

TcpRelay::TcpRelay(absl::string_view target)
    : target_port_(PortOf(target)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      wake_(eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_.get(), generic, size) != 0 ||
      listen(listener_.get(), 128) != 0 ||
      getsockname(listener_.get(), generic, &size) != 0) {
    Die("cannot listen");
  }
  endpoint_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  thread_ = std::thread([this] { Run(); });
}

TcpRelay::~TcpRelay() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  eventfd_write(wake_.get(), 1);
  thread_.join();
}

void TcpRelay::CutAll() {
  absl::MutexLock lock(&mutex_);
  for (Pair& pair : pairs_) {
    Reset(pair.client);
    Reset(pair.server);
  }
  pairs_.clear();
  eventfd_write(wake_.get(), 1);
}

void TcpRelay::CutAfter(size_t bytes) {
  absl::MutexLock lock(&mutex_);
  cut_after_ = bytes;
}

void TcpRelay::Freeze() {
  absl::MutexLock lock(&mutex_);
  frozen_ = true;
  eventfd_write(wake_.get(), 1);
}

void TcpRelay::Thaw() {
  absl::MutexLock lock(&mutex_);
  frozen_ = false;
  eventfd_write(wake_.get(), 1);
}

bool TcpRelay::PassFromClient(int client, int server) {
  const size_t passed = Pass(client, server, cut_after_.value_or(kMostAtOnce));
  if (passed == 0 || !cut_after_.has_value()) return passed > 0;
  *cut_after_ -= passed;
  return *cut_after_ > 0;
}

int TcpRelay::connections() const {
  absl::MutexLock lock(&mutex_);
  return connections_;
}

void TcpRelay::Accept() {
  UniqueFd client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!client) return;
  UniqueFd server(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(target_port_);
  if (connect(server.get(), reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) != 0) {
    Reset(client);
    return;
  }
  ++connections_;
  pairs_.push_back({std::move(client), std::move(server)});
}

void TcpRelay::Run() {
  while (true) {
    std::vector<pollfd> polled = {{listener_.get(), POLLIN, 0},
                                  {wake_.get(), POLLIN, 0}};
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
      for (const Pair& pair : pairs_) {
        if (frozen_) break;
        polled.push_back({pair.client.get(), POLLIN, 0});
        polled.push_back({pair.server.get(), POLLIN, 0});
      }
    }
    if (poll(polled.data(), polled.size(), -1) < 0) Die("poll");
    absl::MutexLock lock(&mutex_);
    if (polled[1].revents != 0) {
      // The pairs may be others than those that were polled.
      eventfd_t ignored;
      eventfd_read(wake_.get(), &ignored);
      continue;
    }
    const size_t looked_at = (polled.size() - 2) / 2;
    for (size_t i = looked_at; i-- > 0;) {
      const int client = pairs_[i].client.get();
      const int server = pairs_[i].server.get();
      const bool stands =
          (polled[2 + 2 * i].revents == 0 || PassFromClient(client, server)) &&
          (polled[3 + 2 * i].revents == 0 ||
           Pass(server, client, kMostAtOnce) > 0);
      if (stands) continue;
      if (cut_after_ == 0) {
        cut_after_.reset();
        Reset(pairs_[i].client);
        Reset(pairs_[i].server);
      }
      pairs_.erase(pairs_.begin() + static_cast<ptrdiff_t>(i));
    }
    if (polled[0].revents != 0) Accept();
  }
}

}  // namespace keyhold
