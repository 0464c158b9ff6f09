#include "signer_service/engines/engine_benchmark.h"
#include "signer_service/engines/nettle_p384_engine.h"
#include "signer_service/engines/openssl_engine.h"

namespace keyhold {
namespace {

void Openssl(benchmark::State& state) {
  BenchmarkEngine(state, OpensslEngine(), TestKeyKind::kP384);
}
BENCHMARK(Openssl)->Arg(1);

void NettleP384(benchmark::State& state) {
  BenchmarkEngine(state, NettleP384Engine(), TestKeyKind::kP384);
}
BENCHMARK(NettleP384)->Arg(1);

}  // namespace
}  // namespace keyhold

int main(int argc, char** argv) {
  return keyhold::RunEngineBenchmarks(argc, argv);
}
