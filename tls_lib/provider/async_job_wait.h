// Waits for the agent by pausing the OpenSSL job that a signature runs in
// (ASYNC_start_job(3)), so that the thread serves other connections meanwhile.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_ASYNC_JOB_WAIT_H_
#define KEYHOLD_TLS_LIB_PROVIDER_ASYNC_JOB_WAIT_H_

#include "openssl/async.h"
#include "tls_lib/agent/client/wait.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold::provider {

// What the server watches is one descriptor for each ASYNC_WAIT_CTX, that is,
// for each TLS connection: an epoll instance, kept until the context's own
// cleanup, because HAProxy crashes if it meets a new one with each operation.
// Inside it are, while a wait lasts, the socket and a timer for the deadline,
// since nobody else would wake a job whose agent is stuck.
//
// Falls back to blocking, for the rest of one signature, if OpenSSL refuses to
// pause, if no descriptor is left, or if whoever resumes the job does so time
// and again without waiting for the descriptor.
//
// Used by one job.
class AsyncJobWait final : public agent::Wait {
 public:
  // `job` is the current one.
  explicit AsyncJobWait(ASYNC_JOB* job) : job_(job) {}

  bool Await(int fd, short events, agent::SteadyTime until) override;

 private:
  bool Pause(int fd, short events, agent::SteadyTime until);

  ASYNC_JOB* const job_;
  UniqueFd timer_;
  int fruitless_ = 0;
  bool blocks_ = false;
};

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_ASYNC_JOB_WAIT_H_
