// Certificates and keys of the listeners, for a front that may open none.
#ifndef KEYHOLD_SIGNER_SERVICE_SUPERVISOR_TRANSPORT_FILES_H_
#define KEYHOLD_SIGNER_SERVICE_SUPERVISOR_TRANSPORT_FILES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "signer_service/config/signer_settings.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Copies of the files in memory, which follow the files when these change. The
// front reads them through descriptors as it would read the files, and sees a
// renewed certificate without being started again.
//
// Movable; not thread-safe.
class TransportFiles {
 public:
  // Certificate, private key and client CAs of each listener. The operating
  // system's error, with the path, if one cannot be read.
  static absl::StatusOr<TransportFiles> Open(
      absl::Span<const TcpListenerSettings> listeners);

  // Three for each listener, in order.
  const std::vector<std::string>& paths() const { return paths_; }
  const std::vector<UniqueFd>& copies() const { return copies_; }

  // Looks for files that have changed. One that cannot be read leaves its copy
  // as it was, and is the error that is returned once all have been looked at.
  absl::Status Refresh();

 private:
  TransportFiles() = default;

  std::vector<std::string> paths_;
  // What stat said when the file was copied.
  std::vector<std::string> states_;
  std::vector<UniqueFd> copies_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_SUPERVISOR_TRANSPORT_FILES_H_
