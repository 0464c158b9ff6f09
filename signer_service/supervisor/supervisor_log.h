// The supervisor's lines in the signer's log.
#ifndef KEYHOLD_SIGNER_SERVICE_SUPERVISOR_SUPERVISOR_LOG_H_
#define KEYHOLD_SIGNER_SERVICE_SUPERVISOR_SUPERVISOR_LOG_H_

#include "daemon/json_log.h"

namespace keyhold {

// Writes on the calling thread, since the supervisor has but one. A reader of
// the log who stalls does not hold it up: then the line is lost.
class SupervisorLog {
 public:
  // Writes to `fd`, which must stay open.
  explicit SupervisorLog(int fd) : fd_(fd) {}

  void Write(const JsonLine& line) const;

 private:
  const int fd_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_SUPERVISOR_SUPERVISOR_LOG_H_
