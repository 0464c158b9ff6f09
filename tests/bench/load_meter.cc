#include "tests/bench/load_meter.h"

#include <algorithm>
#include <iostream>

#include "absl/strings/str_format.h"
#include "tests/bench/cpu_time.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold::bench {

absl::Status LoadMeter::Start() {
  latencies_.clear();
  frames_ = 0;
  ASSIGN_OR_RETURN(cpu_before_, CpuTimeOf(service_pids_));
  begin_ = absl::Now();
  return absl::OkStatus();
}

absl::Status LoadMeter::PrintAndStop() {
  const absl::Duration wall = absl::Now() - begin_;
  ASSIGN_OR_RETURN(const absl::Duration cpu, CpuTimeOf(service_pids_));
  if (latencies_.empty()) {
    return absl::UnavailableError("not one signature came in time");
  }
  std::sort(latencies_.begin(), latencies_.end());
  const size_t count = latencies_.size();
  const auto at = [&](double part) {
    return absl::ToDoubleMicroseconds(
        latencies_[static_cast<size_t>(part * static_cast<double>(count - 1))]);
  };
  std::cout << absl::StrFormat(
      "{\"count\": %d, \"wall_s\": %.6f, \"service_cpu_s\": %.6f, "
      "\"p50_us\": %.1f, \"p99_us\": %.1f, \"items_per_frame\": %.2f}\n",
      count, absl::ToDoubleSeconds(wall),
      absl::ToDoubleSeconds(cpu - cpu_before_), at(0.5), at(0.99),
      frames_ > 0 ? static_cast<double>(count) / static_cast<double>(frames_)
                  : 1.0);
  return absl::OkStatus();
}

}  // namespace keyhold::bench
