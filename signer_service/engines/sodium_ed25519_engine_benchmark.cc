#include "signer_service/engines/engine_benchmark.h"
#include "signer_service/engines/openssl_engine.h"
#include "signer_service/engines/sodium_ed25519_engine.h"

namespace keyhold {
namespace {

void Openssl(benchmark::State& state) {
  BenchmarkEngine(state, OpensslEngine(), TestKeyKind::kEd25519);
}
BENCHMARK(Openssl)->Arg(1);

void SodiumEd25519(benchmark::State& state) {
  BenchmarkEngine(state, **SodiumEd25519Engine::Create(),
                  TestKeyKind::kEd25519);
}
BENCHMARK(SodiumEd25519)->Arg(1);

}  // namespace
}  // namespace keyhold

int main(int argc, char** argv) {
  return keyhold::RunEngineBenchmarks(argc, argv);
}
