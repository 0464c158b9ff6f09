#include "signer_service/engines/engine_benchmark.h"
#include "signer_service/engines/openssl_engine.h"
#include "signer_service/engines/p256_batch_engine.h"

namespace keyhold {
namespace {

void Openssl(benchmark::State& state) {
  BenchmarkEngine(state, OpensslEngine(), TestKeyKind::kP256);
}
BENCHMARK(Openssl)->Arg(1)->Arg(64);

void P256Batch(benchmark::State& state) {
  BenchmarkEngine(state, P256BatchEngine(), TestKeyKind::kP256);
}
BENCHMARK(P256Batch)->Arg(4)->Arg(8)->Arg(16)->Arg(32)->Arg(64)->Arg(256);

}  // namespace
}  // namespace keyhold

int main(int argc, char** argv) {
  return keyhold::RunEngineBenchmarks(argc, argv);
}
