// A thread that accepts connections on a listening socket.
#ifndef KEYHOLD_DAEMON_ACCEPT_LOOP_H_
#define KEYHOLD_DAEMON_ACCEPT_LOOP_H_

#include <memory>
#include <string>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "daemon/json_log.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Runs out of descriptors gracefully: connections wait in the kernel's queue
// until there are some again, and the log says so.
class AcceptLoop {
 public:
  using OnConnection = absl::AnyInvocable<void(UniqueFd)>;

  // `socket` listens and does not block. `address` is for the log, which must
  // outlive this. Internal if the operating system is out of descriptors.
  static absl::StatusOr<std::unique_ptr<AcceptLoop>> Create(UniqueFd socket,
                                                            std::string address,
                                                            const JsonLog& log);
  ~AcceptLoop();

  // `on_connection` runs on the loop's thread; connections do not block.
  void Start(OnConnection on_connection);
  // Waits for a connection that is being handled, and closes the socket.
  void Stop();

 private:
  AcceptLoop(UniqueFd socket, UniqueFd stop, std::string address,
             const JsonLog& log)
      : socket_(std::move(socket)),
        stop_(std::move(stop)),
        address_(std::move(address)),
        log_(log) {}

  void Work();

  UniqueFd socket_;
  // An eventfd that wakes the thread.
  UniqueFd stop_;
  const std::string address_;
  const JsonLog& log_;
  OnConnection on_connection_;
  std::thread thread_;
};

}  // namespace keyhold

#endif  // KEYHOLD_DAEMON_ACCEPT_LOOP_H_
