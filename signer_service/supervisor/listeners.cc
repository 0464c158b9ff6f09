#include "signer_service/supervisor/listeners.h"

#include "signer_service/config/listen_address.h"
#include "signer_service/front/tcp_socket.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

absl::StatusOr<Listeners> Listeners::Open(const SignerSettings& settings) {
  Listeners listeners;
  for (const TcpListenerSettings& listener : settings.tcp_listeners()) {
    ASSIGN_OR_RETURN(const ListenAddress address,
                     ListenAddress::Parse(listener.address));
    ASSIGN_OR_RETURN(TcpSocket socket, ListenOnTcp(address));
    listeners.addresses_.push_back(std::move(socket.address));
    listeners.tcp_.push_back(std::move(socket.fd));
  }
  for (const UnixListenerSettings& listener : settings.unix_listeners()) {
    UnixSocketFile::Access access;
    access.mode = listener.mode;
    ASSIGN_OR_RETURN(UnixSocketFile file,
                     UnixSocketFile::Listen(listener.path, access));
    listeners.unix_.push_back(file.TakeSocket());
    listeners.files_.push_back(std::move(file));
    listeners.paths_.push_back(listener.path);
  }
  return listeners;
}

void Listeners::Close() {
  tcp_.clear();
  unix_.clear();
  for (const UnixSocketFile& file : files_) file.Remove();
  files_.clear();
}

}  // namespace keyhold
