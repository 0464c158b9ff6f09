// The tests that every Vault must pass. A new implementation names itself:
//
//   INSTANTIATE_TEST_SUITE_P(InProcess, VaultConformanceTest,
//       testing::Values(VaultFactory{"InProcess", [] {
//         return std::make_unique<InProcessVault>(); }}));
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_VAULT_CONFORMANCE_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_VAULT_CONFORMANCE_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "signer_service/vault/vault.h"

namespace keyhold {

struct VaultFactory {
  std::string name;
  // An empty vault with default settings.
  std::function<std::unique_ptr<Vault>()> make;
};
std::ostream& operator<<(std::ostream& os, const VaultFactory& factory);

class VaultConformanceTest : public testing::TestWithParam<VaultFactory> {
 protected:
  void SetUp() override { vault_ = GetParam().make(); }

  std::unique_ptr<Vault> vault_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_VAULT_CONFORMANCE_H_
