// The sockets on which the front takes connections.
#ifndef KEYHOLD_SIGNER_SERVICE_SUPERVISOR_LISTENERS_H_
#define KEYHOLD_SIGNER_SERVICE_SUPERVISOR_LISTENERS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/unix_socket_file.h"
#include "signer_service/config/signer_settings.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// They are the supervisor's, so they stay when a front ends: whoever connects
// meanwhile waits for the next one, and a port that the kernel chose remains.
//
// Movable; not thread-safe.
class Listeners {
 public:
  // Errors as ListenOnTcp and UnixSocketFile::Listen.
  static absl::StatusOr<Listeners> Open(const SignerSettings& settings);

  // Of the TCP listeners, with the ports that were bound.
  const std::vector<std::string>& addresses() const { return addresses_; }
  const std::vector<UniqueFd>& tcp() const { return tcp_; }
  const std::vector<UniqueFd>& unix() const { return unix_; }
  // Of the UNIX listeners.
  const std::vector<std::string>& paths() const { return paths_; }

  // From now on nobody new can connect but to a front that runs. Removes the
  // UNIX sockets' files.
  void Close();

 private:
  Listeners() = default;

  std::vector<std::string> addresses_;
  std::vector<UniqueFd> tcp_;
  std::vector<UnixSocketFile> files_;
  std::vector<UniqueFd> unix_;
  std::vector<std::string> paths_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_SUPERVISOR_LISTENERS_H_
