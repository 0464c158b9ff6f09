// The contract of SigningKey and Signer as tests that every implementation
// has to pass.
//
//   INSTANTIATE_TEST_SUITE_P(
//       Local, SigningKeyConformance,
//       testing::Combine(testing::Values(SigningKeyImplementation{...}),
//                        testing::ValuesIn(GoodTestKeyKinds())),
//       SigningKeyConformance::Name);
//
// An implementation that asks a service passes SigningKeyServiceConformance
// too:
//
//   INSTANTIATE_TEST_SUITE_P(Remote, SigningKeyServiceConformance,
//                            testing::Values(SigningKeyImplementation{...}),
//                            SigningKeyServiceConformance::Name);
#ifndef KEYHOLD_TESTS_CONFORMANCE_SIGNING_KEY_CONFORMANCE_H_
#define KEYHOLD_TESTS_CONFORMANCE_SIGNING_KEY_CONFORMANCE_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <tuple>

#include "gtest/gtest.h"
#include "tests/conformance/conformance_key.h"
#include "tls_lib/core/signing_key.h"

namespace keyhold {

// Where an implementation's keys come from.
class SigningKeyBackend {
 public:
  virtual ~SigningKeyBackend() = default;
  // The SigningKey for one of AllConformanceKeys. Null fails the test.
  virtual std::shared_ptr<const SigningKey> Find(const ConformanceKey& key) = 0;
  // Makes the service go away, and returns when it is gone. Called by
  // SigningKeyServiceConformance only.
  virtual void StopService() {}
};

struct SigningKeyImplementation {
  std::string name;  // letters and digits
  // For SigningKeyConformance it may return the same backend each time: no
  // test there changes it. For SigningKeyServiceConformance it makes a new
  // one.
  std::function<std::shared_ptr<SigningKeyBackend>()> backend;

  friend std::ostream& operator<<(
      std::ostream& os, const SigningKeyImplementation& implementation) {
    return os << implementation.name;
  }
};

class SigningKeyConformance
    : public testing::TestWithParam<
          std::tuple<SigningKeyImplementation, TestKeyKind>> {
 public:
  static std::string Name(const testing::TestParamInfo<ParamType>& info);

 protected:
  void SetUp() override;

  // Runs `body` for both versions and both roles, with a trace of which.
  template <typename Body>
  void ForEachContext(Body body);
  // Expects that ChooseScheme and LastKnownChoice find nothing in common.
  void ExpectNothingInCommon(const SigningKey& key,
                             const SigningContext& context,
                             absl::Span<const SignatureScheme> offered);
  // Signs genuine content in every form that the signer has, and verifies.
  void ExpectSigns(const ConformanceKey& key, const SigningContext& context,
                   Signer& signer, int variant = 0);

  TestKeyKind kind() const { return std::get<1>(GetParam()); }
  // Null if the backend does not have it; the test has failed then.
  std::shared_ptr<const SigningKey> Find(Role role);

  std::shared_ptr<SigningKeyBackend> backend_;
};

class SigningKeyServiceConformance
    : public testing::TestWithParam<SigningKeyImplementation> {
 public:
  static std::string Name(const testing::TestParamInfo<ParamType>& info) {
    return info.param.name;
  }
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_CONFORMANCE_SIGNING_KEY_CONFORMANCE_H_
