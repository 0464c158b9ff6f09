#include <utility>

#include "tests/contract/test_signer_factory.h"
#include "tests/fakes/real_signer.h"

namespace keyhold {

std::unique_ptr<TestSigner> MakeTestSigner(std::vector<FakeKey> keys,
                                           std::vector<FakeRule> rules) {
  return std::make_unique<RealSigner>(std::move(keys), std::move(rules));
}

}  // namespace keyhold
