#include "signer_service/engines/engine_benchmark.h"

#include <memory>

#include "openssl/crypto.h"
#include "signer_service/engines/engine_test_input.h"

namespace keyhold {

void BenchmarkEngine(benchmark::State& state, const BatchSigningEngine& engine,
                     TestKeyKind kind) {
  const std::unique_ptr<const EngineKey> key = MakeEngineKey(kind);
  EngineTestBatch batch;
  batch.AddMany(*key, state.range(0));
  for (auto _ : state) {
    for (const auto& result : engine.Sign(batch.items())) {
      if (!result.ok()) state.SkipWithError(result.status().ToString().c_str());
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

int RunEngineBenchmarks(int argc, char** argv) {
  CRYPTO_secure_malloc_init(1 << 20, 16);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace keyhold
