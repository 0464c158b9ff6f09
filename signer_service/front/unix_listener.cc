#include "signer_service/front/unix_listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

absl::Status SystemError(const std::string& path, absl::string_view what) {
  return absl::ErrnoToStatus(errno, absl::StrCat(path, ": ", what));
}

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

bool IsAnswering(const std::string& path) {
  const UniqueFd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = AddressOf(path);
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address)) == 0;
}

// Makes room at `path`.
absl::Status RemoveOldSocket(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus()
                           : SystemError(path, "cannot be looked at");
  }
  if (!S_ISSOCK(info.st_mode)) {
    return absl::AlreadyExistsError(absl::StrCat(
        path, ": is not a socket; remove it or choose another path"));
  }
  if (IsAnswering(path)) {
    return absl::AlreadyExistsError(absl::StrCat(
        path,
        ": another service answers there; stop it or choose another "
        "path"));
  }
  if (unlink(path.c_str()) == 0) return absl::OkStatus();
  return SystemError(path, "the old socket cannot be removed");
}

absl::StatusOr<UniqueFd> Bind(const UnixListenerSettings& settings) {
  UniqueFd listener(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener) return SystemError(settings.path, "cannot make a socket");
  const sockaddr_un address = AddressOf(settings.path);
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address),
           sizeof(address)) != 0) {
    return SystemError(settings.path, "cannot be bound");
  }
  // Nobody can connect before listen, so the permissions are never wider.
  if (chmod(settings.path.c_str(), settings.mode) != 0) {
    return SystemError(settings.path, "its permissions cannot be set");
  }
  if (listen(listener.get(), SOMAXCONN) != 0) {
    return SystemError(settings.path, "cannot be listened on");
  }
  return listener;
}

absl::StatusOr<uid_t> PeerUid(int connection) {
  ucred credentials = {};
  socklen_t size = sizeof(credentials);
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size) !=
      0) {
    return absl::ErrnoToStatus(errno, "SO_PEERCRED");
  }
  return credentials.uid;
}

}  // namespace

absl::StatusOr<std::unique_ptr<UnixListener>> UnixListener::Listen(
    const UnixListenerSettings& settings, const RequestHandler& handler,
    SigningPool& pool, const JsonLog& log, bool reflection) {
  RETURN_IF_ERROR(RemoveOldSocket(settings.path));
  ASSIGN_OR_RETURN(UniqueFd socket, Bind(settings));
  struct stat info;
  if (lstat(settings.path.c_str(), &info) != 0) {
    return SystemError(settings.path, "is gone already");
  }
  std::unique_ptr<UnixListener> listener(
      new UnixListener(settings, handler, pool, log, reflection));
  listener->device_ = info.st_dev;
  listener->inode_ = info.st_ino;
  ASSIGN_OR_RETURN(
      listener->loop_,
      AcceptLoop::Create(std::move(socket),
                         absl::StrCat("unix:", settings.path), log));
  return listener;
}

UnixListener::~UnixListener() {
  StopAccepting();
  Shutdown(absl::InfinitePast());
}

void UnixListener::Start() {
  loop_->Start([this](UniqueFd connection) { Accept(std::move(connection)); });
}

void UnixListener::StopAccepting() {
  if (loop_ == nullptr) return;
  loop_->Stop();
  loop_.reset();
  struct stat info;
  if (lstat(path().c_str(), &info) == 0 && info.st_dev == device_ &&
      info.st_ino == inode_) {
    unlink(path().c_str());
  }
}

void UnixListener::Accept(UniqueFd connection) {
  const absl::StatusOr<uid_t> uid = PeerUid(connection.get());
  const absl::StatusOr<LocalCallerServer*> server =
      uid.ok() ? ServerOf(*uid) : uid.status();
  if (server.ok()) {
    (*server)->Serve(std::move(connection));
    return;
  }
  JsonLine line("connection_refused", LogLevel::kWarning);
  line.Add("address", absl::StrCat("unix:", path()));
  if (uid.ok()) line.Add("identity", absl::StrCat("uid:", *uid));
  log_.Write(line.Add("message", server.status().message()));
}

absl::StatusOr<LocalCallerServer*> UnixListener::ServerOf(uid_t uid) {
  absl::MutexLock lock(&mutex_);
  const auto found = servers_.find(uid);
  if (found != servers_.end()) return found->second.get();
  if (servers_.size() >= kMaxLocalUsers) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "connections of ", kMaxLocalUsers,
        " users were accepted since the start; no further user is served"));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<LocalCallerServer> server,
                   LocalCallerServer::Start(uid, handler_, pool_, reflection_));
  return servers_.emplace(uid, std::move(server)).first->second.get();
}

void UnixListener::OnDrain() {
  absl::MutexLock lock(&mutex_);
  for (const auto& [uid, server] : servers_) server->OnDrain();
}

void UnixListener::Shutdown(absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  for (const auto& [uid, server] : servers_) server->Shutdown(deadline);
  servers_.clear();
}

}  // namespace keyhold
