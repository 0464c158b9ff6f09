// How long 10,000 keys take from their files to being served, and the memory
// that each stays resident in: with no certificate beside it, and with a leaf
// and a shared intermediate. Run it with -c opt.
#include <unistd.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "openssl/ec.h"
#include "openssl/evp.h"
#include "openssl/pem.h"
#include "signer_service/keys/key_directory.h"
#include "signer_service/keys/key_loader.h"
#include "signer_service/keys/test_folder.h"
#include "signer_service/process/secure_heap.h"
#include "signer_service/vault/in_process_vault.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

// Not TestKeyPem: that keeps every key it makes.
std::string NewP256Pem() {
  EvpPkeyPtr key(EVP_EC_gen("P-256"));
  BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                           nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);  // NOLINT
  return std::string(data, static_cast<size_t>(size));
}

double ResidentKilobytes() {
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

void FillFolder(const TestFolder& folder, int keys, bool with_certificates) {
  TestCa ca = TestCa("root").IssueCa("intermediate");
  for (int i = 0; i < keys; ++i) {
    const std::string pem = NewP256Pem();
    folder.Write(absl::StrCat("site-", i, ".key"), pem);
    if (!with_certificates) continue;
    TestCertOptions options;
    options.dns_names = {absl::StrCat("site-", i, ".example.org")};
    folder.Write(absl::StrCat("site-", i, ".crt"),
                 ca.Issue(pem, options) + ca.cert_pem());
  }
}

// One load per process and folder: memory is not given back in between.
void BM_LoadKeys(benchmark::State& state) {
  const auto keys = static_cast<int>(state.range(0));
  TestFolder folder;
  FillFolder(folder, keys, state.range(1) != 0);
  KeyStoreSettings settings;
  settings.directories = {folder.path()};
  const double before = ResidentKilobytes();
  size_t served = 0;
  for (auto _ : state) {
    // The heap of a process is made once; a second run finds the first one's.
    (void)CreateSecureHeap(
        SecureHeapBytesFor(*KeyFileSizes(settings.directories), 1), 1);
    InProcessVault vault;
    KeyLoader loader(&vault);
    LoadedKeys loaded = *loader.Load(
        settings,
        [](absl::string_view, RoleSet roles) { return roles.TlsForms(); });
    served = loaded.report.served;
    state.PauseTiming();
    state.counters["resident_kb_per_key"] =
        (ResidentKilobytes() - before) / keys;
    state.ResumeTiming();
  }
  state.counters["served"] = static_cast<double>(served);
}

BENCHMARK(BM_LoadKeys)
    ->Args({10000, 0})
    ->Args({10000, 1})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace keyhold

BENCHMARK_MAIN();
