// One end of a socket pair that keeps packets whole (SOCK_SEQPACKET).
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_PACKET_SOCKET_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_PACKET_SOCKET_H_

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Several threads may receive: each packet goes to one of them. So frames need
// no length before them, no lock while they are read, and nothing that is
// malformed can put what follows out of step.
//
// Thread-safe.
class PacketSocket {
 public:
  explicit PacketSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  // Closed on exec. Internal: the kernel refuses.
  static absl::StatusOr<std::pair<UniqueFd, UniqueFd>> MakePair();

  enum class Wait { kNo, kYes };

  // Never raises SIGPIPE. ResourceExhausted: there is no room now, and Wait is
  // kNo. InvalidArgument: longer than the kernel takes. Unavailable: the other
  // end is closed. Internal: anything else.
  absl::Status Send(absl::string_view packet, Wait wait);

  // Takes one packet into `buffer`: the view is its beginning. Empty: none is
  // there now, and Wait is kNo. InvalidArgument: longer than `buffer`.
  // Unavailable: the other end is closed. Internal: anything else.
  absl::StatusOr<absl::string_view> Receive(absl::Span<char> buffer, Wait wait);

  // Ends every Receive and Send at both ends, now and later.
  void Shutdown();

 private:
  const UniqueFd fd_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_PACKET_SOCKET_H_
