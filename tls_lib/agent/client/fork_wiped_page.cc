#include "tls_lib/agent/client/fork_wiped_page.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "absl/status/status.h"

namespace keyhold::agent {

absl::StatusOr<std::unique_ptr<ForkWipedPage>> ForkWipedPage::Create(
    Method method) {
  void* page = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    return absl::ResourceExhaustedError("no memory for a page");
  }
  if (method == Method::kKernel &&
      madvise(page, kBytes, MADV_WIPEONFORK) != 0) {
    method = Method::kProcessId;
  }
  return std::unique_ptr<ForkWipedPage>(new ForkWipedPage(page, method));
}

ForkWipedPage::ForkWipedPage(void* page, Method method)
    : page_(page), method_(method), owner_(getpid()) {}

ForkWipedPage::~ForkWipedPage() { munmap(page_, kBytes); }

void ForkWipedPage::WipeInNewProcess() {
  const int self = getpid();
  for (;;) {
    int owner = owner_.load(std::memory_order_acquire);
    if (owner == self) return;
    if (owner == -self) {
      sched_yield();
      continue;
    }
    if (owner_.compare_exchange_strong(owner, -self)) {
      memset(page_, 0, kBytes);
      owner_.store(self, std::memory_order_release);
      return;
    }
  }
}

}  // namespace keyhold::agent
