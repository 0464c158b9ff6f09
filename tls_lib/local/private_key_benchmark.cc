// What PrivateKey costs: reading a file, signing, verifying. Compare with
// `openssl speed` on the same core.
//
//   bazel run -c opt //tls_lib/local:private_key_benchmark
#include <string>

#include "benchmark/benchmark.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/local/private_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

// As long as what TLS 1.3 signs.
const std::string& Message() {
  static const auto* const message = new std::string(130, 'm');
  return *message;
}

SecretBytes Encoded(const benchmark::State& state) {
  return *SecretBytes::CopyOf(
      TestKeyPem(static_cast<TestKeyKind>(state.range(0))));
}

void BM_Parse(benchmark::State& state) {
  const SecretBytes encoded = Encoded(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(PrivateKey::Parse(encoded));
  }
}

void BM_Sign(benchmark::State& state) {
  const PrivateKey key = *PrivateKey::Parse(Encoded(state));
  const SignatureScheme scheme = key.public_key().DefaultPreferences()[0];
  for (auto _ : state) {
    benchmark::DoNotOptimize(key.Sign(scheme, Message()));
  }
}

void BM_Verify(benchmark::State& state) {
  const PrivateKey key = *PrivateKey::Parse(Encoded(state));
  const SignatureScheme scheme = key.public_key().DefaultPreferences()[0];
  const std::string signature = *key.Sign(scheme, Message());
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        key.public_key().Verify(scheme, Message(), signature));
  }
}

void EachKind(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("kind");
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    benchmark->Arg(static_cast<int>(kind));
  }
}

BENCHMARK(BM_Parse)->Apply(EachKind);
BENCHMARK(BM_Sign)->Apply(EachKind);
BENCHMARK(BM_Verify)->Apply(EachKind);

}  // namespace
}  // namespace keyhold

BENCHMARK_MAIN();
