// RemoteSigningKey passes the suite of SigningKey, with either signer.
#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/signing_key_conformance.h"
#include "tests/contract/test_signer_factory.h"
#include "tls_lib/remote/remote_signing_key.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold {
namespace {

class RemoteBackend final : public SigningKeyBackend {
 public:
  explicit RemoteBackend(const std::vector<ConformanceKey>& keys)
      : signer_(MakeTestSigner(Served(keys))),
        client_(*SignerClient::Create(signer_->ClientOptions())) {}

  std::shared_ptr<const SigningKey> Find(const ConformanceKey& key) override {
    return *RemoteSigningKey::ForCertificate(client_, key.CertificatePem());
  }
  void StopService() override { signer_->Stop(); }

 private:
  static std::vector<FakeKey> Served(const std::vector<ConformanceKey>& keys) {
    std::vector<FakeKey> served;
    for (const ConformanceKey& key : keys) {
      FakeKey out;
      out.id = key.Name();
      out.pem = key.KeyPem();
      out.chain_pem = key.CertificatePem();
      out.roles = {key.role};
      served.push_back(std::move(out));
    }
    return served;
  }

  std::unique_ptr<TestSigner> signer_;
  std::shared_ptr<SignerClient> client_;
};

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
