// Memory that is empty again in the child of a fork.
#ifndef KEYHOLD_TLS_LIB_AGENT_CLIENT_FORK_WIPED_PAGE_H_
#define KEYHOLD_TLS_LIB_AGENT_CLIENT_FORK_WIPED_PAGE_H_

#include <atomic>
#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"

namespace keyhold::agent {

// One page, all zeros at first and in each process that a fork makes. So a
// child finds no lock held by a thread that it does not have, and nothing that
// only its parent may use: without a handler (pthread_atfork calls into a
// module for ever, and is not called by clone(2)), and without comparing
// process ids, which do repeat (each PID namespace has a process 1).
//
// The kernel does it (madvise(2), MADV_WIPEONFORK, Linux 4.14). Where it does
// not, ids are compared after all.
//
// Thread-safe, except for what is in the page.
class ForkWipedPage {
 public:
  enum class Method { kKernel, kProcessId };

  // ResourceExhausted: no memory.
  static absl::StatusOr<std::unique_ptr<ForkWipedPage>> Create(
      Method method = Method::kKernel);
  ~ForkWipedPage();
  ForkWipedPage(const ForkWipedPage&) = delete;
  ForkWipedPage& operator=(const ForkWipedPage&) = delete;

  // The page, which starts with a T. T must be valid when all its bytes are
  // zero. To be called anew for each use: the call is what notices a fork
  // where the kernel does not wipe.
  template <typename T>
  T& Get() {
    static_assert(sizeof(T) <= kBytes);
    if (method_ == Method::kProcessId) WipeInNewProcess();
    return *static_cast<T*>(page_);
  }

  Method method() const { return method_; }

 private:
  static constexpr size_t kBytes = 4096;

  ForkWipedPage(void* page, Method method);
  void WipeInNewProcess();

  void* const page_;
  const Method method_;
  // Of the process whose data is in the page; negative while it is wiped.
  std::atomic<int> owner_;
};

}  // namespace keyhold::agent

#endif  // KEYHOLD_TLS_LIB_AGENT_CLIENT_FORK_WIPED_PAGE_H_
