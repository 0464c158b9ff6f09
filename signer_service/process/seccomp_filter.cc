#include "signer_service/process/seccomp_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <initializer_list>
#include <memory>

#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using FilterPtr = std::unique_ptr<void, ReleaseFilter>;

absl::Status Refused(absl::string_view what, int error) {
  return absl::InternalError(
      absl::StrCat("seccomp: ", what, ": ", strerror(error)));
}

uint32_t Denied() {
  return FiltersOnlyLog() ? SCMP_ACT_LOG : SCMP_ACT_ERRNO(EPERM);
}

// Memory and locks; clocks; descriptors that are there; what a thread needs
// to run and to end.
constexpr std::initializer_list<int> kVaultCalls = {
    SCMP_SYS(brk),
    SCMP_SYS(capget),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(close),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(fallocate),
    SCMP_SYS(fdatasync),
    SCMP_SYS(fstat),
    SCMP_SYS(fsync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(futex),
    SCMP_SYS(getcpu),
    SCMP_SYS(getegid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getpid),
    SCMP_SYS(getrandom),
    SCMP_SYS(gettid),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getuid),
    SCMP_SYS(lseek),
    SCMP_SYS(madvise),
    SCMP_SYS(membarrier),
    SCMP_SYS(mlock),
    SCMP_SYS(mremap),
    SCMP_SYS(munlock),
    SCMP_SYS(munmap),
    SCMP_SYS(nanosleep),
    SCMP_SYS(newfstatat),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(read),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rseq),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(setpriority),
    SCMP_SYS(getpriority),
    SCMP_SYS(shutdown),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(tgkill),
    SCMP_SYS(write),
    SCMP_SYS(writev),
};

constexpr std::initializer_list<int> kVaultPrctls = {
    PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP, PR_SET_NAME,
    PR_GET_NAME};

constexpr std::initializer_list<int> kFrontDenied = {
    SCMP_SYS(acct),
    SCMP_SYS(add_key),
    SCMP_SYS(bpf),
    SCMP_SYS(chroot),
    SCMP_SYS(delete_module),
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(finit_module),
    SCMP_SYS(fork),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(fsopen),
    SCMP_SYS(init_module),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(kcmp),
    SCMP_SYS(kexec_load),
    SCMP_SYS(keyctl),
    SCMP_SYS(mount),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(move_mount),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(open_tree),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(personality),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pivot_root),
    SCMP_SYS(process_madvise),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(ptrace),
    SCMP_SYS(quotactl),
    SCMP_SYS(reboot),
    SCMP_SYS(request_key),
    SCMP_SYS(setns),
    SCMP_SYS(swapoff),
    SCMP_SYS(swapon),
    SCMP_SYS(umount2),
    SCMP_SYS(unshare),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(vfork),
};

absl::StatusOr<FilterPtr> NewFilter(uint32_t otherwise) {
  FilterPtr filter(seccomp_init(otherwise));
  if (filter == nullptr) return Refused("no filter", ENOMEM);
  int error = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  if (error != 0) return Refused("all threads", -error);
  // Calls of another architecture, which mean something else there, too.
  error = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH,
                           SCMP_ACT_KILL_PROCESS);
  if (error != 0) return Refused("other architectures", -error);
  return filter;
}

template <typename... Conditions>
absl::Status Add(const FilterPtr& filter, uint32_t action, int call,
                 Conditions... conditions) {
  const int error = seccomp_rule_add(filter.get(), action, call,
                                     sizeof...(conditions), conditions...);
  if (error == 0) return absl::OkStatus();
  return Refused(absl::StrCat("rule for call ", call), -error);
}

absl::Status Load(const FilterPtr& filter) {
  const int error = seccomp_load(filter.get());
  return error == 0 ? absl::OkStatus() : Refused("load", -error);
}

}  // namespace

bool FiltersOnlyLog() {
#if defined(KEYHOLD_FILTERS_ONLY_LOG)
  return true;
#else
  return false;
#endif
}

absl::Status FilterVault() {
  ASSIGN_OR_RETURN(const FilterPtr filter, NewFilter(Denied()));
  for (const int call : kVaultCalls) {
    RETURN_IF_ERROR(Add(filter, SCMP_ACT_ALLOW, call));
  }
  // Memory that is data.
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    RETURN_IF_ERROR(Add(filter, SCMP_ACT_ALLOW, call,
                        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)));
  }
  for (const int option : kVaultPrctls) {
    RETURN_IF_ERROR(Add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl),
                        SCMP_A0(SCMP_CMP_EQ, static_cast<uint64_t>(option))));
  }
  for (const int command : {F_GETFD, F_SETFD, F_GETFL}) {
    RETURN_IF_ERROR(Add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl),
                        SCMP_A1(SCMP_CMP_EQ, static_cast<uint64_t>(command))));
  }
  // To read limits of its own, not to set any.
  RETURN_IF_ERROR(Add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64),
                      SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0)));
  return Load(filter);
}

absl::Status FilterFront() {
  ASSIGN_OR_RETURN(const FilterPtr filter, NewFilter(SCMP_ACT_ALLOW));
  for (const int call : kFrontDenied) {
    RETURN_IF_ERROR(Add(filter, Denied(), call));
  }
  // Threads, but no processes and no namespaces. glibc falls back to clone,
  // whose flags can be seen.
  if (!FiltersOnlyLog()) {
    RETURN_IF_ERROR(Add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3)));
    RETURN_IF_ERROR(Add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone),
                        SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)));
  }
  return Load(filter);
}

}  // namespace keyhold
