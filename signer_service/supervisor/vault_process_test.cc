// The conformance of a vault that is a process of its own: keys by way of the
// supervisor's half, signatures by way of the front's.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "signer_service/supervisor/vault_child.h"
#include "signer_service/vault/vault_conformance.h"
#include "signer_service/vault_process/process_vault.h"
#include "tests/fakes/child_process.h"

namespace keyhold {
namespace {

template <typename T>
T OrDie(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  fprintf(stderr, "%s\n", result.status().ToString().c_str());
  abort();
}

processes::v1::VaultStart StartMessage() {
  processes::v1::VaultStart start;
  start.set_secure_heap_bytes(4 << 20);
  start.set_threads(2);
  start.set_max_message_bytes(65536);
  return start;
}

class VaultOfTwoHalves final : public Vault {
 public:
  VaultOfTwoHalves()
      : child_(
            OrDie(VaultChild::Start(RunfilePath("signer_service/keyhold-vault"),
                                    StartMessage(), {}, nullptr))),
        front_(ProcessVault::Options{2, 65536}) {
    front_.Attach(OrDie(child_.ConnectFront()));
  }

  std::vector<KeyFileOutcome> ReplaceKeys(std::vector<KeyFile> files) override {
    std::vector<KeyFileOutcome> outcomes;
    for (HandedOverKey& key : OrDie(child_.ReplaceKeys(std::move(files)))) {
      KeyFileOutcome& outcome = outcomes.emplace_back();
      outcome.status = std::move(key.status);
      if (key.serving_spki.has_value()) {
        outcome.serving = OrDie(PublicKey::FromSpki(*key.serving_spki));
      }
    }
    return outcomes;
  }
  void Sign(std::vector<SignJob> jobs, OnResults on_results) override {
    front_.Sign(std::move(jobs), std::move(on_results));
  }
  std::string EngineName(KeyType type) const override {
    return front_.EngineName(type);
  }

 private:
  VaultChild child_;
  ProcessVault front_;
};

INSTANTIATE_TEST_SUITE_P(Process, VaultConformanceTest,
                         testing::Values(VaultFactory{
                             "Process", [] {
                               return std::make_unique<VaultOfTwoHalves>();
                             }}));

}  // namespace
}  // namespace keyhold
