#include <memory>

#include "gtest/gtest.h"
#include "tests/conformance/signing_key_conformance.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/local/local_signing_key.h"

namespace keyhold {
namespace {

class LocalBackend final : public SigningKeyBackend {
 public:
  std::shared_ptr<const SigningKey> Find(const ConformanceKey& key) override {
    return *LocalSigningKey::Create(
        *PrivateKey::Parse(*SecretBytes::CopyOf(key.KeyPem())));
  }
};

INSTANTIATE_TEST_SUITE_P(
    Local, SigningKeyConformance,
    testing::Combine(testing::Values(SigningKeyImplementation{
                         "Local",
                         [] { return std::make_shared<LocalBackend>(); }}),
                     testing::ValuesIn(GoodTestKeyKinds())),
    SigningKeyConformance::Name);

}  // namespace
}  // namespace keyhold
