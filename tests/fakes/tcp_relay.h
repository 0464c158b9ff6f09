// Stands between a client and a server, and breaks connections.
#ifndef KEYHOLD_TESTS_FAKES_TCP_RELAY_H_
#define KEYHOLD_TESTS_FAKES_TCP_RELAY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Listens on a loopback port of its own and passes bytes both ways to
// `target`. Thread-safe. Ends the process with a message if a socket call
// fails that should not.
class TcpRelay {
 public:
  // `target`: "127.0.0.1:PORT".
  explicit TcpRelay(absl::string_view target);
  ~TcpRelay();
  TcpRelay(const TcpRelay&) = delete;
  TcpRelay& operator=(const TcpRelay&) = delete;

  // "127.0.0.1:PORT"
  const std::string& endpoint() const { return endpoint_; }

  // Resets every connection that stands. New ones are taken as before.
  void CutAll();
  // Resets the connections once so many more bytes have come from clients: in
  // the middle of whatever that is in the middle of.
  void CutAfter(size_t bytes);
  // Passes nothing on, either way, until Thaw: connections stand, and nothing
  // comes.
  void Freeze();
  void Thaw();
  // Connections that were taken so far.
  int connections() const;

 private:
  struct Pair {
    UniqueFd client;
    UniqueFd server;
  };

  void Run();
  // Passes on what the client has sent. False if the connection is over.
  bool PassFromClient(int client, int server)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Accept() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  int target_port_;
  std::string endpoint_;
  UniqueFd listener_;
  // Written to when the thread has to look at `stopping_` and `pairs_`.
  UniqueFd wake_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool frozen_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<size_t> cut_after_ ABSL_GUARDED_BY(mutex_);
  int connections_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Pair> pairs_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_TCP_RELAY_H_
