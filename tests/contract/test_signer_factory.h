// Which signer the contract is tested against: each test program links one
// definition.
#ifndef KEYHOLD_TESTS_CONTRACT_TEST_SIGNER_FACTORY_H_
#define KEYHOLD_TESTS_CONTRACT_TEST_SIGNER_FACTORY_H_

#include <memory>
#include <vector>

#include "tests/fakes/fake_key.h"
#include "tests/fakes/test_signer.h"

namespace keyhold {

// Without rules everybody may use every key in its roles' structured forms.
std::unique_ptr<TestSigner> MakeTestSigner(std::vector<FakeKey> keys,
                                           std::vector<FakeRule> rules = {});

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_CONTRACT_TEST_SIGNER_FACTORY_H_
