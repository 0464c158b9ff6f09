#include "signer_service/front/open_connections.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>

namespace keyhold {
namespace {

// Corking and uncorking cost about as much as two answers' packets.
constexpr size_t kAnswersPerConnection = 4;
constexpr int kBatchesBetweenPrunes = 256;

bool SetCork(int fd, int on) {
  return setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)) == 0;
}

bool IsTcp(int fd) {
  int on;
  socklen_t size = sizeof(on);
  return getsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, &size) == 0;
}

}  // namespace

OpenConnections::Corked::~Corked() {
  for (const int fd : fds_) SetCork(fd, 0);
}

void OpenConnections::Add(int fd) {
  absl::MutexLock lock(&mutex_);
  fds_.insert(fd);
}

OpenConnections::Corked OpenConnections::Cork(size_t answers) {
  if (answers < kAnswersPerConnection) return Corked();
  absl::MutexLock lock(&mutex_);
  if (++batches_ >= kBatchesBetweenPrunes) Prune();
  if (fds_.size() * kAnswersPerConnection > answers) return Corked();
  std::vector<int> corked;
  corked.reserve(fds_.size());
  for (const int fd : fds_) {
    if (SetCork(fd, 1)) corked.push_back(fd);
  }
  return Corked(std::move(corked));
}

void OpenConnections::Prune() {
  batches_ = 0;
  for (auto fd = fds_.begin(); fd != fds_.end();) {
    if (IsTcp(*fd)) {
      ++fd;
    } else {
      fds_.erase(fd++);
    }
  }
}

}  // namespace keyhold
