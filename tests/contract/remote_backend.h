// A signer with some keys, and RemoteSigningKeys for them, for the suites of
// tests/conformance.
#ifndef KEYHOLD_TESTS_CONTRACT_REMOTE_BACKEND_H_
#define KEYHOLD_TESTS_CONTRACT_REMOTE_BACKEND_H_

#include <memory>
#include <utility>
#include <vector>

#include "tests/conformance/signing_key_conformance.h"
#include "tests/contract/test_signer_factory.h"
#include "tls_lib/remote/remote_signing_key.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold {

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

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_CONTRACT_REMOTE_BACKEND_H_
