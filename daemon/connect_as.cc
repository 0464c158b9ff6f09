#include "daemon/connect_as.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace keyhold {
namespace {

// A message of one byte and one descriptor.
struct DescriptorMessage {
  DescriptorMessage() {
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
  }

  char byte = 0;
  iovec data = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header = {};
};

bool SendDescriptor(int to, int fd) {
  DescriptorMessage message;
  cmsghdr* part = CMSG_FIRSTHDR(&message.header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(part), &fd, sizeof(int));
  return sendmsg(to, &message.header, 0) == 1;
}

UniqueFd ReceiveDescriptor(int from) {
  DescriptorMessage message;
  if (recvmsg(from, &message.header, MSG_CMSG_CLOEXEC) != 1) return UniqueFd();
  int fd;
  memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message.header)), sizeof(int));
  return UniqueFd(fd);
}

// In a child process of a process with threads: system calls only.
bool BecomeAndConnect(uid_t uid, gid_t gid, const sockaddr_un& address,
                      int report) {
  if (gid != static_cast<gid_t>(-1) && setresgid(gid, gid, gid) != 0) {
    return false;
  }
  if (uid != getuid() && setresuid(uid, uid, uid) != 0) return false;
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return connect(fd, reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address)) == 0 &&
         SendDescriptor(report, fd);
}

}  // namespace

UniqueFd ConnectAs(uid_t uid, const std::string& path, gid_t gid) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return UniqueFd();
  }
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    _exit(BecomeAndConnect(uid, gid, address, theirs.get()) ? 0 : 1);
  }
  theirs.Reset();
  UniqueFd connection = ReceiveDescriptor(ours.get());
  waitpid(child, nullptr, 0);
  return connection;
}

}  // namespace keyhold
