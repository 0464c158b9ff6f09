// The contract of AsyncSigner, AsyncSchemeChooser and Pending as tests that
// every implementation has to pass. That signatures are right, and errors
// those of the blocking form, is SigningKeyConformance's.
//
//   INSTANTIATE_TEST_SUITE_P(Remote, AsyncSignerConformance,
//                            testing::Values(SigningKeyImplementation{...}),
//                            AsyncSignerConformance::Name);
//
// The backend is a new one for each test.
#ifndef KEYHOLD_TESTS_CONFORMANCE_ASYNC_SIGNER_CONFORMANCE_H_
#define KEYHOLD_TESTS_CONFORMANCE_ASYNC_SIGNER_CONFORMANCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/conformance/signing_key_conformance.h"
#include "tls_lib/core/signing_key.h"

namespace keyhold {

class AsyncSignerConformance
    : public testing::TestWithParam<SigningKeyImplementation> {
 public:
  static std::string Name(const testing::TestParamInfo<ParamType>& info) {
    return info.param.name;
  }

  // The keys that the backend has to hold.
  static std::vector<ConformanceKey> Keys() {
    return {{TestKeyKind::kP256, Role::kServer},
            {TestKeyKind::kRsa2048, Role::kServer}};
  }

 protected:
  void SetUp() override;

  static SigningContext Context(absl::Duration time);
  // A Signer of the P-256 key.
  std::unique_ptr<Signer> NewSigner();

  std::shared_ptr<SigningKeyBackend> backend_;
  std::shared_ptr<const SigningKey> p256_;
  std::shared_ptr<const SigningKey> rsa_;
  std::string message_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_CONFORMANCE_ASYNC_SIGNER_CONFORMANCE_H_
