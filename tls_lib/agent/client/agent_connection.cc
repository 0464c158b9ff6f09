#include "tls_lib/agent/client/agent_connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tls_lib/agent/client/agent_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold::agent {
namespace {

// Null if it is no socket. Every socket has an inode of its own.
std::optional<uint64_t> InodeOf(int socket) {
  struct stat status;
  if (fstat(socket, &status) != 0 || !S_ISSOCK(status.st_mode)) {
    return std::nullopt;
  }
  return status.st_ino;
}

// Never a standard descriptor: in a program that has closed its own, whatever
// it prints would go to the agent.
UniqueFd OpenSocket() {
  UniqueFd made(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made || made.get() > STDERR_FILENO) return made;
  return UniqueFd(fcntl(made.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

absl::Status ConnectError(const AgentAddress& agent, int error) {
  switch (error) {
    case ENOENT:
    case ECONNREFUSED:
    case ENOTDIR:
      return AgentNotThereError(agent, error);
    case EAGAIN:
      return BusyAgentError(agent);
    case EACCES:
    case EPERM:
      return MayNotConnectError(agent, error);
    default:
      return SystemCallError(agent, "connect", error);
  }
}

absl::Status CheckPeer(int socket, const TrustedAgent& agent) {
  ucred peer = {};
  socklen_t size = sizeof(peer);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return SystemCallError(agent.address, "getsockopt", errno);
  }
  const bool named = agent.uid.has_value() && peer.uid == *agent.uid &&
                     peer.uid != kOverflowUid;
  if (peer.uid == 0 || named) return absl::OkStatus();
  return FalseAgentError(agent.address, peer.uid, agent.uid);
}

bool IsEndOfConnection(int error) {
  return error == EPIPE || error == ECONNRESET || error == ENOTCONN ||
         error == EBADF || error == ENOTSOCK;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AgentConnection>> AgentConnection::Open(
    const TrustedAgent& agent) {
  UniqueFd fd(OpenSocket());
  if (!fd) return NoDescriptorError(errno);
  const AgentAddress::Socket target = agent.address.ForSocket();
  int result;
  do {
    result =
        connect(fd.get(), reinterpret_cast<const sockaddr*>(&target.address),
                target.size);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return ConnectError(agent.address, errno);
  RETURN_IF_ERROR(CheckPeer(fd.get(), agent));
  std::optional<uint64_t> inode = InodeOf(fd.get());
  if (!inode) return SystemCallError(agent.address, "fstat", errno);
  return std::unique_ptr<AgentConnection>(
      new AgentConnection(fd.release(), *inode, agent.address));
}

AgentConnection::AgentConnection(int socket, uint64_t inode,
                                 AgentAddress address)
    : socket_(socket), inode_(inode), address_(std::move(address)) {}

AgentConnection::~AgentConnection() {
  if (IsIntact()) close(socket_);
}

bool AgentConnection::IsIntact() const { return InodeOf(socket_) == inode_; }

absl::StatusOr<SignAnswer> AgentConnection::Ask(SignQuestion& question,
                                                Wait& wait,
                                                SteadyTime deadline) {
  question.id = ++last_id_;
  const std::string payload = EncodeQuestion(question);
  if (payload.size() > kMostFrameBytes) return TooLargeError(payload.size());
  absl::Status sent = Send(MakeFrame(payload), wait, deadline);
  // Who was refused finds the reason behind the closed door.
  if (!sent.ok() && !absl::IsAborted(sent)) return sent;
  for (;;) {
    ASSIGN_OR_RETURN(AnswerFrame frame, Receive(wait, deadline));
    // Why the agent does not take this process in, or hangs up.
    if (frame.answer && frame.answer->id == 0 && !frame.answer->status.ok()) {
      return frame.answer->status;
    }
    if (frame.has_limits && !greeted_) {
      greeted_ = true;
    } else if (!greeted_ || frame.has_limits) {
      return ProtocolError(address_, "it does not greet as one does");
    }
    if (!frame.answer.has_value()) continue;
    if (frame.answer->id != question.id || !reader_.empty()) {
      return ProtocolError(address_, "it answers what nobody asked");
    }
    return *std::move(frame.answer);
  }
}

absl::Status AgentConnection::Send(absl::string_view bytes, Wait& wait,
                                   SteadyTime deadline) {
  while (!bytes.empty()) {
    const ssize_t sent =
        send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      RETURN_IF_ERROR(AwaitOrLate(POLLOUT, wait, deadline));
    } else if (IsEndOfConnection(errno)) {
      return LostConnectionError(address_);
    } else if (errno != EINTR) {
      return SystemCallError(address_, "send", errno);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<AnswerFrame> AgentConnection::Receive(Wait& wait,
                                                     SteadyTime deadline) {
  for (;;) {
    absl::StatusOr<std::optional<std::string>> payload = reader_.Next();
    if (!payload.ok()) {
      return ProtocolError(address_, payload.status().message());
    }
    if (payload->has_value()) {
      absl::StatusOr<AnswerFrame> frame = DecodeAnswerFrame(**payload);
      if (frame.ok()) return frame;
      return ProtocolError(address_, frame.status().message());
    }
    RETURN_IF_ERROR(ReceiveMore(wait, deadline));
  }
}

absl::Status AgentConnection::ReceiveMore(Wait& wait, SteadyTime deadline) {
  RETURN_IF_ERROR(AwaitOrLate(POLLIN, wait, deadline));
  // Small: it may stand on a fiber's stack of 32 KiB.
  char buffer[2048];
  const ssize_t size = recv(socket_, buffer, sizeof(buffer), MSG_DONTWAIT);
  if (size > 0) {
    reader_.Append({buffer, static_cast<size_t>(size)});
    return absl::OkStatus();
  }
  if (size == 0 || IsEndOfConnection(errno)) {
    return LostConnectionError(address_);
  }
  if (errno == EAGAIN || errno == EINTR) return absl::OkStatus();
  return SystemCallError(address_, "recv", errno);
}

absl::Status AgentConnection::AwaitOrLate(short events, Wait& wait,
                                          SteadyTime deadline) {
  if (SteadyClock::now() >= deadline) return NoAnswerError(address_);
  return wait.Await(socket_, events, deadline) ? absl::OkStatus()
                                               : LostConnectionError(address_);
}

}  // namespace keyhold::agent
