// What checking and the choice of engine cost beside the engines themselves.
#include <memory>
#include <string>
#include <vector>

#include "signer_service/engines/engine_benchmark.h"
#include "signer_service/engines/engine_test_input.h"
#include "signer_service/engines/self_checking_signer.h"

namespace keyhold {
namespace {

void SelfChecking(benchmark::State& state, TestKeyKind kind,
                  VerifyAfterSign verify) {
  SelfCheckingSignerOptions options;
  options.verify_after_sign = verify;
  const SelfCheckingSigner signer(options);
  const std::unique_ptr<const EngineKey> key = MakeEngineKey(kind);
  const SignatureScheme scheme = key->public_key().DefaultPreferences().front();
  // As long as the content of a TLS 1.3 CertificateVerify.
  const std::string message(130, 'm');
  const std::vector<SigningItem> items(
      state.range(0),
      SigningItem{key.get(), scheme, /*is_digest=*/false, message});
  for (auto _ : state) {
    for (const auto& result : signer.Sign(items)) {
      if (!result.ok()) state.SkipWithError(result.status().ToString().c_str());
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(SelfChecking, P256, TestKeyKind::kP256, VerifyAfterSign::kRsa)
    ->Arg(1)
    ->Arg(64);
BENCHMARK_CAPTURE(SelfChecking, P256Verified, TestKeyKind::kP256,
                  VerifyAfterSign::kAll)
    ->Arg(64);
BENCHMARK_CAPTURE(SelfChecking, P384, TestKeyKind::kP384, VerifyAfterSign::kRsa)
    ->Arg(8);
BENCHMARK_CAPTURE(SelfChecking, Ed25519, TestKeyKind::kEd25519,
                  VerifyAfterSign::kRsa)
    ->Arg(64);
BENCHMARK_CAPTURE(SelfChecking, Rsa2048, TestKeyKind::kRsa2048,
                  VerifyAfterSign::kNone)
    ->Arg(8);
BENCHMARK_CAPTURE(SelfChecking, Rsa2048Verified, TestKeyKind::kRsa2048,
                  VerifyAfterSign::kRsa)
    ->Arg(8);

}  // namespace
}  // namespace keyhold

int main(int argc, char** argv) {
  return keyhold::RunEngineBenchmarks(argc, argv);
}
