// What the tests of the signer's contract share. The same tests run against
// the fake signer and against the real one, so that what is tested with the
// fake holds for the real.
#ifndef KEYHOLD_TESTS_CONTRACT_CONTRACT_TEST_H_
#define KEYHOLD_TESTS_CONTRACT_CONTRACT_TEST_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tests/contract/test_signer_factory.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold {

// A key whose file is NAME[@LABEL].key, with a certificate for `dns_names` if
// there are any.
FakeKey ContractKey(std::string id, TestKeyKind kind, int index = 0,
                    std::vector<std::string> dns_names = {},
                    std::string label = "");

PublicKey PublicKeyOf(TestKeyKind kind, int index = 0);

// A request that is whole but for its input.
signer::v1::SignRequest RequestFor(const PublicKey& key,
                                   SignatureScheme scheme);
// With the TLS 1.3 server form over a hash of 32 bytes.
signer::v1::SignRequest Tls13RequestFor(const PublicKey& key,
                                        SignatureScheme scheme);
// The bytes that Tls13RequestFor has signed.
std::string Tls13Content();

class ContractTest : public testing::Test {
 protected:
  // Serves `keys`; `client_` is kWebIdentity's.
  void Serve(std::vector<FakeKey> keys, std::vector<FakeRule> rules = {});
  std::shared_ptr<SignerClient> ClientAs(absl::string_view spiffe_id);
  // A unary Sign, as simple clients make it; client_->Sign goes over a stream.
  absl::StatusOr<signer::v1::SignResponse> SignOnce(
      const signer::v1::SignRequest& request);

  std::unique_ptr<TestSigner> signer_;
  std::shared_ptr<SignerClient> client_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_CONTRACT_CONTRACT_TEST_H_
