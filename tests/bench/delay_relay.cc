// Passes a TCP connection on to a port of this machine, and holds what the
// client sends back for a while: a server that is so far away, or that takes
// so long. Prints its own port. Ends with SIGTERM.
//
//   delay_relay --target 127.0.0.1:7443 --delay-ms 10
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "deploy/examples/tcp_socket.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold::bench {
namespace {

// Bytes, each with the time at which it goes on. An empty one is the end.
class DelayLine {
 public:
  explicit DelayLine(absl::Duration delay) : delay_(delay) {}

  void Push(std::string bytes) {
    absl::MutexLock lock(&mutex_);
    waiting_.emplace_back(absl::Now() + delay_, std::move(bytes));
  }
  std::string Pop() {
    std::pair<absl::Time, std::string> first;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](std::deque<std::pair<absl::Time, std::string>>* waiting) {
            return !waiting->empty();
          },
          &waiting_));
      first = std::move(waiting_.front());
      waiting_.pop_front();
    }
    absl::SleepFor(first.first - absl::Now());
    return std::move(first.second);
  }

 private:
  const absl::Duration delay_;
  absl::Mutex mutex_;
  std::deque<std::pair<absl::Time, std::string>> waiting_
      ABSL_GUARDED_BY(mutex_);
};

struct Connection {
  UniqueFd client;
  UniqueFd server;
  DelayLine line;
};

std::string Receive(const UniqueFd& socket) {
  char buffer[65536];
  const ssize_t size = recv(socket.get(), buffer, sizeof(buffer), 0);
  return {buffer, size > 0 ? static_cast<size_t>(size) : 0};
}

bool Send(const UniqueFd& socket, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size =
        send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

// Nothing but the delay is to be added: no waiting for fuller packets.
void SendAtOnce(const UniqueFd& socket) {
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void PassOn(std::shared_ptr<Connection> connection) {
  SendAtOnce(connection->client);
  SendAtOnce(connection->server);
  std::thread([connection] {
    for (;;) {
      std::string bytes = Receive(connection->client);
      const bool end = bytes.empty();
      connection->line.Push(std::move(bytes));
      if (end) return;
    }
  }).detach();
  std::thread([connection] {
    for (;;) {
      const std::string bytes = connection->line.Pop();
      if (bytes.empty() || !Send(connection->server, bytes)) break;
    }
    shutdown(connection->server.get(), SHUT_WR);
  }).detach();
  std::thread([connection] {
    for (;;) {
      const std::string bytes = Receive(connection->server);
      if (bytes.empty() || !Send(connection->client, bytes)) break;
    }
    shutdown(connection->client.get(), SHUT_WR);
  }).detach();
}

absl::Status Run(const std::string& target, absl::Duration delay) {
  ASSIGN_OR_RETURN(const UniqueFd listener, examples::ListenOn("127.0.0.1:0"));
  std::cout << examples::BoundAddress(listener) << std::endl;
  for (;;) {
    UniqueFd client(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) return absl::UnavailableError("cannot accept");
    ASSIGN_OR_RETURN(UniqueFd server, examples::ConnectTo(target));
    PassOn(std::shared_ptr<Connection>(new Connection{
        std::move(client), std::move(server), DelayLine(delay)}));
  }
}

}  // namespace
}  // namespace keyhold::bench

int main(int argc, char** argv) {
  std::string target;
  double delay_ms = 10;
  CLI::App app("Passes connections on, later.");
  app.add_option("--target", target, "ADDRESS:PORT")->required();
  app.add_option("--delay-ms", delay_ms);
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGTERM, [](int) { _exit(0); });
  const absl::Status status =
      keyhold::bench::Run(target, absl::Milliseconds(delay_ms));
  std::cerr << "delay_relay: " << status << "\n";
  return 1;
}
