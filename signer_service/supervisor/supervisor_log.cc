#include "signer_service/supervisor/supervisor_log.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <string>

namespace keyhold {

void SupervisorLog::Write(const JsonLine& line) const {
  const std::string text = line.ToString() + "\n";
  size_t done = 0;
  while (done < text.size()) {
    struct pollfd writable = {fd_, POLLOUT, 0};
    if (poll(&writable, 1, 0) != 1) return;
    const ssize_t wrote = write(fd_, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return;
    done += static_cast<size_t>(wrote);
  }
}

}  // namespace keyhold
