// How many connections are open, so that there are never too many.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_CONNECTION_COUNTS_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_CONNECTION_COUNTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

namespace keyhold {

// gRPC takes connections and closes them without a word. So they are counted
// by what the kernel says: a descriptor still is the connection that was
// counted if it has the same socket cookie, which no two sockets share. It is
// asked only when a bound is reached, and then not all the time.
//
// Not thread-safe.
class ConnectionCounts {
 public:
  struct Limits {
    size_t total;
    // From one address.
    size_t per_peer;
  };

  // What is reasonable for a process that may have so many files open: half
  // of them are for connections, at most 8192. A peer gets at most half of
  // these, and at most 1024.
  static Limits LimitsFor(size_t open_files);

  explicit ConnectionCounts(Limits limits) : limits_(limits) {}

  // Counts a new connection of `peer`. ResourceExhausted: there are too many;
  // it is not counted, and should be closed.
  absl::Status Add(const std::string& peer, int fd);

  // As of the last look.
  size_t total() const { return total_; }

 private:
  struct Connection {
    int fd;
    uint64_t cookie;
  };
  // When to look again at what is open, if a bound is still reached.
  bool MayLook();
  void ForgetClosed();

  const Limits limits_;
  absl::flat_hash_map<std::string, std::vector<Connection>> by_peer_;
  size_t total_ = 0;
  absl::Time next_look_ = absl::InfinitePast();
};

// The address of a TCP connection's other end, without its port.
std::string PeerAddress(int fd);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_CONNECTION_COUNTS_H_
