// A thread of ordinary priority that gives out the answers of others.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_ANSWERING_THREAD_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_ANSWERING_THREAD_H_

#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace keyhold {

// An answer's way takes locks that cheap signatures need too. A thread that
// the kernel puts behind all others must not hold one of them.
//
// Thread-safe.
class AnsweringThread {
 public:
  using Answer = absl::AnyInvocable<void() &&>;

  AnsweringThread();
  // Gives out all answers first.
  ~AnsweringThread();
  AnsweringThread(const AnsweringThread&) = delete;
  AnsweringThread& operator=(const AnsweringThread&) = delete;

  // Calls `answer` on the thread, and destroys it there, after those before.
  void GiveOut(Answer answer);

 private:
  void Work();

  absl::Mutex mutex_;
  std::vector<Answer> answers_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_ANSWERING_THREAD_H_
