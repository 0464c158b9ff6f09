// OpenSSL's rate for every type of key, and for P-256 what becomes of it with
// contexts that are fresh, copied from a ready one (as OpensslEngine has it)
// and kept.
#include <array>
#include <cstdlib>

#include "openssl/ec.h"
#include "openssl/evp.h"
#include "signer_service/engines/engine_benchmark.h"
#include "signer_service/engines/openssl_engine.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {
namespace {

void Openssl(benchmark::State& state, TestKeyKind kind) {
  BenchmarkEngine(state, OpensslEngine(), kind);
}
BENCHMARK_CAPTURE(Openssl, P256, TestKeyKind::kP256)->Arg(1);
BENCHMARK_CAPTURE(Openssl, P384, TestKeyKind::kP384)->Arg(1);
BENCHMARK_CAPTURE(Openssl, P521, TestKeyKind::kP521)->Arg(1);
BENCHMARK_CAPTURE(Openssl, Ed25519, TestKeyKind::kEd25519)->Arg(1);
BENCHMARK_CAPTURE(Openssl, Ed448, TestKeyKind::kEd448)->Arg(1);
BENCHMARK_CAPTURE(Openssl, Rsa2048, TestKeyKind::kRsa2048)->Arg(1);
BENCHMARK_CAPTURE(Openssl, Rsa4096, TestKeyKind::kRsa4096)->Arg(1);

EvpPkeyCtxPtr NewContext(EVP_PKEY* key) {
  EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (EVP_PKEY_sign_init(context.get()) != 1) std::abort();
  return context;
}

void SignDigest(EVP_PKEY_CTX* context) {
  static const std::array<unsigned char, 32> digest = {1};
  std::array<unsigned char, 80> signature;
  size_t size = signature.size();
  if (EVP_PKEY_sign(context, signature.data(), &size, digest.data(),
                    digest.size()) != 1) {
    std::abort();
  }
}

EvpPkeyPtr NewKey() { return EvpPkeyPtr(EVP_EC_gen("P-256")); }

void FreshContext(benchmark::State& state) {
  EvpPkeyPtr key = NewKey();
  for (auto _ : state) SignDigest(NewContext(key.get()).get());
}
BENCHMARK(FreshContext);

void CopiedContext(benchmark::State& state) {
  EvpPkeyPtr key = NewKey();
  EvpPkeyCtxPtr ready = NewContext(key.get());
  for (auto _ : state) {
    SignDigest(EvpPkeyCtxPtr(EVP_PKEY_CTX_dup(ready.get())).get());
  }
}
BENCHMARK(CopiedContext);

void KeptContext(benchmark::State& state) {
  EvpPkeyPtr key = NewKey();
  EvpPkeyCtxPtr kept = NewContext(key.get());
  for (auto _ : state) SignDigest(kept.get());
}
BENCHMARK(KeptContext);

}  // namespace
}  // namespace keyhold

int main(int argc, char** argv) {
  return keyhold::RunEngineBenchmarks(argc, argv);
}
