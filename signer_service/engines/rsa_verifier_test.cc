#include "signer_service/engines/rsa_verifier.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/err.h"
#include "signer_service/engines/engine_test_input.h"
#include "signer_service/engines/openssl_engine.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using testing::HasSubstr;

class RsaVerifierTest : public testing::TestWithParam<TestKeyKind> {
 protected:
  void SetUp() override {
    key_ = MakeEngineKey(GetParam());
    auto verifier = RsaVerifier::Create(key_->public_key().spki());
    ASSERT_THAT(verifier, IsOk());
    verifier_ = *std::move(verifier);
    for (SignatureScheme scheme : key_->public_key().DefaultPreferences()) {
      batch_.Add(*key_, scheme, "message");
    }
    for (const auto& result : OpensslEngine().Sign(batch_.items())) {
      ASSERT_THAT(result, IsOk());
      signatures_.push_back(*result);
    }
  }
  bool Verify(const EngineItem& item, absl::string_view signature) const {
    return verifier_->Verify(*item.scheme, item.input, signature);
  }

  std::unique_ptr<const EngineKey> key_;
  std::unique_ptr<const RsaVerifier> verifier_;
  EngineTestBatch batch_;
  std::vector<std::string> signatures_;
};

// Each scheme's signature verifies as that scheme alone.
TEST_P(RsaVerifierTest, TakesItsOwnSchemeOnly) {
  for (size_t i = 0; i < signatures_.size(); ++i) {
    for (size_t j = 0; j < signatures_.size(); ++j) {
      EXPECT_EQ(Verify(batch_.items()[i], signatures_[j]), i == j)
          << i << " " << j;
    }
  }
}

TEST_P(RsaVerifierTest, RefusesWhatIsChanged) {
  for (size_t i = 0; i < signatures_.size(); ++i) {
    const EngineItem& item = batch_.items()[i];
    std::string wrong = signatures_[i];
    wrong.back() ^= 1;
    EXPECT_FALSE(Verify(item, wrong));
    EXPECT_FALSE(Verify(item, signatures_[i].substr(1)));
    EXPECT_FALSE(Verify(item, signatures_[i] + '\0'));
    EXPECT_FALSE(Verify(item, ""));
    EXPECT_FALSE(Verify(item, std::string(signatures_[i].size(), '\xff')));
    EngineItem other = item;
    const std::string digest(item.input.size(), 'x');
    other.input = digest;
    EXPECT_FALSE(Verify(other, signatures_[i]));
    EXPECT_TRUE(Verify(item, signatures_[i]));
  }
  EXPECT_EQ(ERR_peek_error(), 0);
}

TEST_P(RsaVerifierTest, RefusesAnotherKeysSignature) {
  const auto other = MakeEngineKey(GetParam(), 1);
  const auto verifier = *RsaVerifier::Create(other->public_key().spki());
  for (size_t i = 0; i < signatures_.size(); ++i) {
    EXPECT_FALSE(verifier->Verify(*batch_.items()[i].scheme,
                                  batch_.items()[i].input, signatures_[i]));
  }
}

INSTANTIATE_TEST_SUITE_P(Keys, RsaVerifierTest,
                         testing::Values(TestKeyKind::kRsa2048,
                                         TestKeyKind::kRsaPss2048,
                                         TestKeyKind::kRsaPss2048Sha256),
                         [](const testing::TestParamInfo<TestKeyKind>& info) {
                           return std::string(TestKeyKindName(info.param));
                         });

TEST(RsaVerifier, RefusesWhatIsNoRsaKey) {
  EXPECT_THAT(
      RsaVerifier::Create("nothing"),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("not a SubjectPublic")));
  EXPECT_THAT(RsaVerifier::Create(TestKeySpki(TestKeyKind::kP256)),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr("cannot read an RSA public key")));
}

}  // namespace
}  // namespace keyhold
