#include "signer_service/front/unix_listener.h"

#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daemon/unix_peer.h"
#include "signer_service/policy/policy.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

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
  std::unique_ptr<UnixListener> listener(
      new UnixListener(settings, handler, pool, log, reflection));
  UniqueFd socket;
  if (settings.socket != nullptr) {
    socket = std::move(*settings.socket);
  } else {
    UnixSocketFile::Access access;
    access.mode = settings.mode;
    ASSIGN_OR_RETURN(UnixSocketFile file,
                     UnixSocketFile::Listen(settings.path, access));
    socket = file.TakeSocket();
    listener->file_ = std::move(file);
  }
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
  if (file_.has_value()) file_->Remove();
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
  const absl::StatusOr<UnixPeer> peer = PeerOf(connection.get());
  const absl::Status status =
      peer.ok() ? Serve(peer->uid, std::move(connection)) : peer.status();
  if (status.ok()) return;
  const std::optional<uint64_t> suppressed = refusals_.Take(absl::Now());
  if (!suppressed.has_value()) return;
  JsonLine line("connection_refused", LogLevel::kWarning);
  line.Add("address", absl::StrCat("unix:", path()));
  if (peer.ok()) line.Add("identity", absl::StrCat("uid:", peer->uid));
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

void UnixListener::SetPaused(bool paused) {
  absl::MutexLock lock(&mutex_);
  for (const auto& [uid, user] : users_) user.server->SetPaused(paused);
}

void UnixListener::Shutdown(absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  for (const auto& [uid, user] : users_) user.server->Shutdown(deadline);
  users_.clear();
}

}  // namespace keyhold
