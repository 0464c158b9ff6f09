// What the vault adds to a signature: compare BM_PrivateKey with BM_Vault.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "signer_service/vault/in_process_vault.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/local/private_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

TestKeyKind KindOf(const benchmark::State& state) {
  return static_cast<TestKeyKind>(state.range(0));
}

void BM_PrivateKey(benchmark::State& state) {
  const TestKeyKind kind = KindOf(state);
  PrivateKey key = *PrivateKey::Parse(*SecretBytes::CopyOf(TestKeyPem(kind)));
  const SignatureScheme scheme = key.public_key().DefaultPreferences().front();
  const std::string content =
      *AssembleTls13CertificateVerify({Role::kServer, std::string(32, 'h')});
  for (auto _ : state) {
    benchmark::DoNotOptimize(key.Sign(scheme, content));
  }
  state.SetLabel(std::string(TestKeyKindName(kind)));
}

void BM_Vault(benchmark::State& state) {
  const TestKeyKind kind = KindOf(state);
  InProcessVault vault;
  std::vector<KeyFile> files;
  files.push_back(TestKeyFile("www", TestKeyPem(kind)));
  vault.ReplaceKeys(std::move(files));
  const PublicKey key = TestPublicKey(kind);
  // The copy of the request is what the front would have made by parsing. RSA
  // changes threads twice.
  const signer::v1::SignRequest request = Tls13Request(
      key, key.DefaultPreferences().front(), signer::v1::ROLE_SERVER);
  for (auto _ : state) benchmark::DoNotOptimize(SignOne(vault, request));
  state.SetLabel(std::string(TestKeyKindName(kind)));
}

void EachKind(benchmark::internal::Benchmark* benchmark) {
  for (TestKeyKind kind :
       {TestKeyKind::kP256, TestKeyKind::kEd25519, TestKeyKind::kRsa2048}) {
    benchmark->Arg(static_cast<int>(kind));
  }
}

BENCHMARK(BM_PrivateKey)->Apply(EachKind);
BENCHMARK(BM_Vault)->Apply(EachKind);

}  // namespace
}  // namespace keyhold

BENCHMARK_MAIN();
