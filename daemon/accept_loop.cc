#include "daemon/accept_loop.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"

namespace keyhold {
namespace {

// How long to leave the queue alone when there is no descriptor to accept
// with.
constexpr int kOutOfDescriptorsMs = 100;

bool IsOutOfResources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM ||
         error == ENOBUFS;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AcceptLoop>> AcceptLoop::Create(
    UniqueFd socket, std::string address, const JsonLog& log) {
  UniqueFd stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop) return absl::ErrnoToStatus(errno, "cannot make an eventfd");
  return std::unique_ptr<AcceptLoop>(new AcceptLoop(
      std::move(socket), std::move(stop), std::move(address), log));
}

AcceptLoop::~AcceptLoop() { Stop(); }

void AcceptLoop::Start(OnConnection on_connection) {
  on_connection_ = std::move(on_connection);
  thread_ = std::thread([this] { Work(); });
}

void AcceptLoop::Stop() {
  if (thread_.joinable()) {
    eventfd_write(stop_.get(), 1);
    thread_.join();
  }
  socket_.Reset();
}

void AcceptLoop::Work() {
  pollfd waits[] = {{stop_.get(), POLLIN, 0}, {socket_.get(), POLLIN, 0}};
  bool reported = false;
  while (true) {
    poll(waits, 2, -1);
    if (waits[0].revents != 0) return;
    UniqueFd connection(
        accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection) {
      reported = false;
      on_connection_(std::move(connection));
    } else if (IsOutOfResources(errno)) {
      if (!std::exchange(reported, true)) {
        log_.Write(JsonLine("accept_failed", LogLevel::kError)
                       .Add("address", address_)
                       .Add("message", strerror(errno)));
      }
      poll(waits, 1, kOutOfDescriptorsMs);
    }
  }
}

}  // namespace keyhold
