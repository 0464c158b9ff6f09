// https_server in one thread: epoll, and handshakes that do not wait for the
// signer. The same flags, but no --client-ca.
//
//   epoll_https_server --listen 0.0.0.0:8443 --signer signer.example.org:7443
//       --signer-ca signer-ca.crt --identity app.crt --identity-key app.key
//       --certificate www.example.org.crt
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "deploy/examples/signer_flags.h"
#include "deploy/examples/site_certificates.h"
#include "deploy/examples/status_page.h"
#include "deploy/examples/tcp_socket.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/tls/server_config.h"
#include "tls_lib/tls/tls_connection.h"

namespace keyhold::examples {
namespace {

struct Flags {
  std::string listen = "127.0.0.1:8443";
  SiteFlags site;
  SignerFlags signer;
  bool blocking = false;
};

// Where wake-ups, from any thread, tell the loop which connections go on.
class WakeUps {
 public:
  void Post(uint64_t id) {
    {
      absl::MutexLock lock(&mutex_);
      ids_.push_back(id);
    }
    eventfd_write(event_.get(), 1);
  }
  std::vector<uint64_t> Take() {
    eventfd_t count;
    eventfd_read(event_.get(), &count);
    absl::MutexLock lock(&mutex_);
    return std::exchange(ids_, {});
  }
  int fd() const { return event_.get(); }

 private:
  const UniqueFd event_{eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  absl::Mutex mutex_;
  std::vector<uint64_t> ids_;
};

struct Connection {
  UniqueFd socket;
  std::unique_ptr<TlsConnection> tls;
  std::string request;
  std::string unsent;
  bool answered = false;
};

class Server {
 public:
  Server(UniqueFd listener, std::shared_ptr<const ServerConfig> config,
         std::string signer, bool blocking)
      : listener_(std::move(listener)),
        config_(std::move(config)),
        signer_(std::move(signer)),
        blocking_(blocking) {}

  void Run() {
    Watch(listener_.get(), kListener, EPOLLIN);
    Watch(wake_ups_.fd(), kWakeUps, EPOLLIN);
    epoll_event events[256];
    for (;;) {
      const int count = epoll_wait(epoll_.get(), events, 256, -1);
      for (int i = 0; i < count; ++i) {
        const uint64_t id = events[i].data.u64;
        if (id == kListener) {
          Accept();
        } else if (id == kWakeUps) {
          for (uint64_t woken : wake_ups_.Take()) GoOn(woken, false);
        } else {
          GoOn(id, true);
        }
      }
    }
  }

 private:
  static constexpr uint64_t kListener = 0;
  static constexpr uint64_t kWakeUps = 1;

  void Watch(int fd, uint64_t id, uint32_t what) {
    epoll_event event = {};
    event.events = what;
    event.data.u64 = id;
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }

  void Accept() {
    UniqueFd socket(accept4(listener_.get(), nullptr, nullptr,
                            SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) return;
    auto tls = TlsConnection::Server(config_);
    if (!tls.ok()) return;
    const uint64_t id = next_id_++;
    if (!blocking_) (*tls)->SetWakeUp([this, id] { wake_ups_.Post(id); });
    // Edge-triggered: a client that waits for its server costs nothing.
    Watch(socket.get(), id, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
    Connection& connection = connections_[id];
    connection.socket = std::move(socket);
    connection.tls = *std::move(tls);
  }

  // What is not there any more, or has nothing to do, is no mistake.
  void GoOn(uint64_t id, bool receive) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    Connection& connection = found->second;
    if (receive) Receive(connection);
    absl::StatusOr<bool> goes_on = Advance(connection);
    connection.unsent += connection.tls->TakeCiphertext();
    const bool sent = Send(connection);
    if (!goes_on.ok()) {
      std::cerr << absl::StrCat(
          "connection failed: ", goes_on.status().ToString(), "\n");
    }
    if (!goes_on.ok() || !*goes_on || !sent) connections_.erase(found);
  }

  // False when the connection is over.
  absl::StatusOr<bool> Advance(Connection& connection) {
    ASSIGN_OR_RETURN(const HandshakeState state, connection.tls->Handshake());
    if (state != HandshakeState::kDone) return true;
    char buffer[4096];
    for (;;) {
      ASSIGN_OR_RETURN(const ReadResult read,
                       connection.tls->Read(absl::MakeSpan(buffer)));
      if (read.state == ReadResult::State::kClosed) return false;
      if (read.state == ReadResult::State::kWantRead) return true;
      if (connection.answered) continue;
      connection.request.append(buffer, read.bytes);
      if (connection.request.size() > 65536) return false;
      if (connection.request.find("\r\n\r\n") == std::string::npos) continue;
      connection.answered = true;
      const std::string page = StatusPage(*connection.tls->facts(), signer_);
      RETURN_IF_ERROR(connection.tls->Write(
          absl::StrCat("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                       "Connection: close\r\nContent-Length: ",
                       page.size(), "\r\n\r\n", page)));
      RETURN_IF_ERROR(connection.tls->Shutdown());
    }
  }

  static void Receive(Connection& connection) {
    char buffer[16384];
    for (;;) {
      const ssize_t size =
          recv(connection.socket.get(), buffer, sizeof(buffer), 0);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == EAGAIN) return;
      if (size <= 0) return connection.tls->TransportEof();
      connection.tls->PushCiphertext({buffer, static_cast<size_t>(size)});
    }
  }

  // False if the client is gone.
  static bool Send(Connection& connection) {
    while (!connection.unsent.empty()) {
      const ssize_t size =
          send(connection.socket.get(), connection.unsent.data(),
               connection.unsent.size(), MSG_NOSIGNAL);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return errno == EAGAIN;
      connection.unsent.erase(0, static_cast<size_t>(size));
    }
    return true;
  }

  const UniqueFd listener_;
  const std::shared_ptr<const ServerConfig> config_;
  const std::string signer_;
  const bool blocking_;
  const UniqueFd epoll_{epoll_create1(EPOLL_CLOEXEC)};
  WakeUps wake_ups_;
  std::map<uint64_t, Connection> connections_;
  uint64_t next_id_ = 2;
};

absl::Status Run(const Flags& flags) {
  ASSIGN_OR_RETURN(std::shared_ptr<const CertResolver> resolver,
                   LoadSite(flags.site, flags.signer));
  ASSIGN_OR_RETURN(std::shared_ptr<const ServerConfig> config,
                   ServerConfig::Builder(std::move(resolver))
                       .SetAlpnProtocols({"http/1.1"})
                       .Build());
  ASSIGN_OR_RETURN(UniqueFd listener, ListenOn(flags.listen));
  std::cout << "listening on " << BoundAddress(listener) << std::endl;
  Server(std::move(listener), std::move(config), flags.signer.Names(),
         flags.blocking)
      .Run();
  return absl::OkStatus();
}

}  // namespace
}  // namespace keyhold::examples

int main(int argc, char** argv) {
  keyhold::examples::Flags flags;
  CLI::App app("https_server in one thread.");
  app.add_option("--listen", flags.listen, "ADDRESS:PORT")
      ->capture_default_str();
  app.add_flag("--blocking", flags.blocking,
               "Wait for each signature, to see what that costs");
  flags.site.AddTo(app);
  flags.signer.AddTo(app);
  CLI11_PARSE(app, argc, argv);
  // Debian builds Abseil with the search for deadlocks switched on, and gRPC
  // pays for it with every lock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  std::signal(SIGTERM, [](int) { _exit(0); });

  const absl::Status status = keyhold::examples::Run(flags);
  std::cerr << "epoll_https_server: " << status.message() << std::endl;
  return 1;
}
