// keyhold-vault: holds the private keys and signs. keyhold-signer starts it;
// by hand it does nothing.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <iostream>
#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "signer_service/vault_process/library_warm_up.h"
#include "signer_service/vault_process/vault_program.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

constexpr int kExitFault = 1;
constexpr int kExitUsage = 2;

int Main() {
  if (fcntl(kControlDescriptor, F_GETFD) < 0) {
    std::cerr << "keyhold-vault is started by keyhold-signer, not by hand\n";
    return kExitUsage;
  }
  // Signals for the whole group, Ctrl-C above all, are the supervisor's to
  // act upon.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGHUP, SIGTERM, SIGINT}) {
    sigaddset(&signals, number);
  }
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  // A limit of a file's size is a full disk to the audit log.
  signal(SIGXFSZ, SIG_IGN);
  InitializeOpensslWithoutConfiguration();
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  UniqueFd control(kControlDescriptor);
  fcntl(control.get(), F_SETFD, FD_CLOEXEC);
  const absl::Status status = VaultProgram(std::move(control)).Run();
  // What went wrong, the supervisor has logged.
  return status.ok() ? 0 : kExitFault;
}

}  // namespace
}  // namespace keyhold

int main() { return keyhold::Main(); }
