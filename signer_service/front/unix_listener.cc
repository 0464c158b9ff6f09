#include "signer_service/front/unix_listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "signer_service/policy/policy.h"
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
  const UniqueFd probe(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_un address = AddressOf(path);
  // EAGAIN: somebody listens, and his queue is full.
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address)) == 0 ||
         errno == EAGAIN;
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

// 0 if it is no socket any more.
uint64_t CookieOf(int fd) {
  uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) return 0;
  return cookie;
}

absl::Status TooManyUsersError() {
  return absl::ResourceExhaustedError(absl::StrCat(
      UnixListener::kMaxLocalUsers,
      " users whom no rule names have connections, which is the most; name "
      "this one in a rule (uid:NUMBER), or keep others away by the socket's "
      "mode"));
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

void UnixListener::User::ForgetClosed() {
  connections.erase(std::remove_if(connections.begin(), connections.end(),
                                   [](const Connection& connection) {
                                     return CookieOf(connection.fd) !=
                                            connection.cookie;
                                   }),
                    connections.end());
}

void UnixListener::Accept(UniqueFd connection) {
  const absl::StatusOr<uid_t> uid = PeerUid(connection.get());
  const absl::Status status =
      uid.ok() ? Serve(*uid, std::move(connection)) : uid.status();
  if (status.ok()) return;
  const std::optional<uint64_t> suppressed = refusals_.Take(absl::Now());
  if (!suppressed.has_value()) return;
  JsonLine line("connection_refused", LogLevel::kWarning);
  line.Add("address", absl::StrCat("unix:", path()));
  if (uid.ok()) line.Add("identity", absl::StrCat("uid:", *uid));
  line.Add("message", status.message());
  if (*suppressed > 0)
    line.Add("suppressed", static_cast<int64_t>(*suppressed));
  log_.Write(line);
}

absl::Status UnixListener::Serve(uid_t uid, UniqueFd connection) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(User* const user, UserOf(uid));
  if (user->connections.size() >= user->most_connections) {
    user->ForgetClosed();
    user->most_connections = 2 * user->connections.size() + 16;
  }
  user->connections.push_back({connection.get(), CookieOf(connection.get())});
  user->server->Serve(std::move(connection));
  return absl::OkStatus();
}

absl::StatusOr<UnixListener::User*> UnixListener::UserOf(uid_t uid) {
  const auto found = users_.find(uid);
  if (found != users_.end()) return &found->second;
  User user;
  user.named = handler_.state().Get()->policy().NamesUid(uid);
  if (!user.named && StrangersServed() >= kMaxLocalUsers) {
    FreePlaces();
    if (StrangersServed() >= kMaxLocalUsers) return TooManyUsersError();
  }
  ASSIGN_OR_RETURN(user.server,
                   LocalCallerServer::Start(uid, handler_, pool_, reflection_));
  return &users_.emplace(uid, std::move(user)).first->second;
}

size_t UnixListener::StrangersServed() const {
  return static_cast<size_t>(
      std::count_if(users_.begin(), users_.end(),
                    [](const auto& entry) { return !entry.second.named; }));
}

void UnixListener::FreePlaces() {
  for (auto entry = users_.begin(); entry != users_.end();) {
    User& user = entry->second;
    user.ForgetClosed();
    if (user.connections.empty()) {
      user.server->Shutdown(absl::Now());
      users_.erase(entry++);
    } else {
      ++entry;
    }
  }
}

void UnixListener::OnDrain() {
  absl::MutexLock lock(&mutex_);
  for (const auto& [uid, user] : users_) user.server->OnDrain();
}

void UnixListener::Shutdown(absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  for (const auto& [uid, user] : users_) user.server->Shutdown(deadline);
  users_.clear();
}

}  // namespace keyhold
