// CPU time that processes have used.
#ifndef KEYHOLD_TESTS_BENCH_CPU_TIME_H_
#define KEYHOLD_TESTS_BENCH_CPU_TIME_H_

#include <sys/types.h>

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace keyhold::bench {

// User and system time of all threads of `pids`, ended threads included, in
// steps of one clock tick (10 ms). NotFound if a process has ended.
absl::StatusOr<absl::Duration> CpuTimeOf(const std::vector<pid_t>& pids);

}  // namespace keyhold::bench

#endif  // KEYHOLD_TESTS_BENCH_CPU_TIME_H_
