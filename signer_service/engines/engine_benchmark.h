// What the engines' benchmarks share. Run each pinned to one core:
//
//   bazel build --config=opt //signer_service/engines:all
//   taskset -c 1 bazel-bin/signer_service/engines/p256_batch_engine_benchmark
//
// Each measures OpenSSL's plain rate too: ratios of one run travel between
// machines, rates do not.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_BENCHMARK_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_BENCHMARK_H_

#include "benchmark/benchmark.h"
#include "signer_service/engines/batch_signing_engine.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {

// Signs batches of state.range(0) items with one key.
void BenchmarkEngine(benchmark::State& state, const BatchSigningEngine& engine,
                     TestKeyKind kind);

// Runs the registered benchmarks with a secure heap, as the vault has it.
int RunEngineBenchmarks(int argc, char** argv);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_BENCHMARK_H_
