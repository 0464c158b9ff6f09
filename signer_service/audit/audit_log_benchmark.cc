// What one record costs: formatting, the chain's hash, and its share of one
// write for each batch. The signing thread pays the first.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/synchronization/blocking_counter.h"
#include "benchmark/benchmark.h"
#include "signer_service/audit/audit_log.h"
#include "signer_service/audit/hash_chain.h"
#include "signer_service/audit/parsed_record.h"
#include "signer_service/audit/testing/audit_test_log.h"

namespace keyhold {
namespace {

void Format(benchmark::State& state) {
  const AuditRecord record = TestRecord();
  std::string body;
  for (auto _ : state) {
    body.clear();
    AppendAuditBody(record, body);
    benchmark::DoNotOptimize(body);
  }
  state.counters["bytes"] = static_cast<double>(body.size());
}
BENCHMARK(Format);

void Seal(benchmark::State& state) {
  std::string body;
  AppendAuditBody(TestRecord(), body);
  HashChain chain;
  std::string out;
  for (auto _ : state) {
    out.clear();
    chain.Seal(body, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(Seal);

void Parse(benchmark::State& state) {
  std::string body;
  AppendAuditBody(TestRecord(), body);
  HashChain chain;
  std::string line;
  chain.Seal(body, line);
  line.pop_back();
  for (auto _ : state) benchmark::DoNotOptimize(ParsedRecord::Parse(line));
}
BENCHMARK(Parse);

// All of it: CPU time of the process for each record, in batches of the given
// size, 16 of them under way.
void Append(benchmark::State& state, AuditSync sync) {
  const std::string folder = NewAuditFolder();
  DirectorySegments::Options segments;
  segments.max_bytes = uint64_t{256} << 20;
  AuditOptions options;
  options.sync = sync;
  absl::StatusOr<std::unique_ptr<AuditLog>> log =
      AuditLog::Open(TestSegments(folder, segments), TestAuditKey(), options);
  if (!log.ok()) std::abort();
  const size_t records = static_cast<size_t>(state.range(0));
  constexpr int kUnderWay = 16;
  for (auto _ : state) {
    absl::BlockingCounter answered(kUnderWay);
    for (int i = 0; i < kUnderWay; ++i) {
      (*log)->Append(TestBatch(records), absl::InfiniteFuture(),
                     [&](const absl::Status& status) {
                       if (!status.ok()) std::abort();
                       answered.DecrementCount();
                     });
    }
    answered.Wait();
  }
  state.SetItemsProcessed(state.iterations() * kUnderWay *
                          static_cast<int64_t>(records));
  state.counters["cpu_ns_a_record"] = benchmark::Counter(
      static_cast<double>(state.iterations() * kUnderWay * records) / 1e9,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  log->reset();
  std::filesystem::remove_all(folder);
}
BENCHMARK_CAPTURE(Append, NoSync, AuditSync::kNone)
    ->Arg(1)
    ->Arg(8)
    ->Arg(32)
    ->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(Append, Sync, AuditSync::kBatch)
    ->Arg(32)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace keyhold

BENCHMARK_MAIN();
