// Counts what a load did in its measured time, and prints it.
#ifndef KEYHOLD_TESTS_BENCH_LOAD_METER_H_
#define KEYHOLD_TESTS_BENCH_LOAD_METER_H_

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace keyhold::bench {

// Not thread-safe.
class LoadMeter {
 public:
  explicit LoadMeter(std::vector<pid_t> service_pids)
      : service_pids_(std::move(service_pids)) {}

  // Forgets what was counted, and starts.
  absl::Status Start();
  // One signature that was asked for at `asked` has come.
  void Count(absl::Time asked) { latencies_.push_back(absl::Now() - asked); }
  void CountFrame() { ++frames_; }
  // Prints one line of JSON: count, wall_s, service_cpu_s, p50_us, p99_us,
  // and items per frame where frames were counted.
  absl::Status PrintAndStop();

 private:
  const std::vector<pid_t> service_pids_;
  std::vector<absl::Duration> latencies_;
  int64_t frames_ = 0;
  absl::Time begin_;
  absl::Duration cpu_before_;
};

}  // namespace keyhold::bench

#endif  // KEYHOLD_TESTS_BENCH_LOAD_METER_H_
