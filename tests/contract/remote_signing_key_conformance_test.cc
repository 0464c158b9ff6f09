// RemoteSigningKey passes the suite of SigningKey, with either signer.
#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/signing_key_conformance.h"
#include "tests/contract/remote_backend.h"

namespace keyhold {
namespace {

// One signer with all keys, for the tests that change nothing.
class SharedBackend final : public testing::Environment {
 public:
  void TearDown() override { backend_.reset(); }
  std::shared_ptr<SigningKeyBackend> Get() {
    if (backend_ == nullptr) {
      backend_ = std::make_shared<RemoteBackend>(AllConformanceKeys());
    }
    return backend_;
  }

 private:
  std::shared_ptr<SigningKeyBackend> backend_;
};

SharedBackend* const kShared = static_cast<SharedBackend*>(
    testing::AddGlobalTestEnvironment(new SharedBackend));

INSTANTIATE_TEST_SUITE_P(
    Remote, SigningKeyConformance,
    testing::Combine(testing::Values(SigningKeyImplementation{
                         "Remote", [] { return kShared->Get(); }}),
                     testing::ValuesIn(GoodTestKeyKinds())),
    SigningKeyConformance::Name);

INSTANTIATE_TEST_SUITE_P(Remote, SigningKeyServiceConformance,
                         testing::Values(SigningKeyImplementation{
                             "Remote",
                             [] {
                               return std::make_shared<RemoteBackend>(
                                   std::vector<ConformanceKey>{
                                       {TestKeyKind::kRsa2048, Role::kServer}});
                             }}),
                         SigningKeyServiceConformance::Name);

}  // namespace
}  // namespace keyhold
