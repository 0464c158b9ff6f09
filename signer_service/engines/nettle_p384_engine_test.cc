#include "signer_service/engines/nettle_p384_engine.h"

#include <memory>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/engines/broken_random.h"
#include "signer_service/engines/engine_test_input.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using testing::HasSubstr;

// Two INTEGERs and nothing else, each in its shortest form: DerReader takes no
// other. Enough signatures that numbers with a leading zero byte occur.
TEST(NettleP384EngineTest, SignaturesAreStrictDerAndNoNonceRepeats) {
  const auto key = MakeEngineKey(TestKeyKind::kP384);
  EngineTestBatch batch;
  batch.AddMany(*key, 1000);
  std::set<std::string> seen;
  for (const auto& result : NettleP384Engine().Sign(batch.items())) {
    ASSERT_THAT(result, IsOk());
    DerReader outer(*result);
    std::optional<absl::string_view> sequence = outer.Read(kDerSequence);
    ASSERT_TRUE(sequence.has_value());
    EXPECT_TRUE(outer.empty());
    DerReader numbers(*sequence);
    std::optional<absl::string_view> r = numbers.ReadUnsigned();
    ASSERT_TRUE(r.has_value());
    EXPECT_TRUE(numbers.ReadUnsigned().has_value());
    EXPECT_TRUE(numbers.empty());
    EXPECT_TRUE(seen.insert(std::string(*r)).second);
  }
}

TEST(NettleP384EngineDeathTest, NoRandomBytesEndTheProcess) {
  const auto key = MakeEngineKey(TestKeyKind::kP384);
  EngineTestBatch batch;
  batch.AddMany(*key, 1);
  const NettleP384Engine engine;
  BrokenRandom broken;
  EXPECT_DEATH(engine.Sign(batch.items()),
               "OpenSSL has no random bytes for a P-384 signature");
}

TEST(NettleP384EngineTest, AKeyOfAnotherTypeTouchesNoOther) {
  const auto good = MakeEngineKey(TestKeyKind::kP384);
  const auto p256 = MakeEngineKey(TestKeyKind::kP256);
  const SchemeInfo* scheme = FindScheme(SignatureScheme::kEcdsaSecp384r1Sha384);
  const std::string digest(48, 'd');
  const EngineItem items[] = {{p256.get(), scheme, digest},
                              {good.get(), scheme, digest}};
  const EngineResults results = NettleP384Engine().Sign(items);
  EXPECT_THAT(results[0], StatusIs(absl::StatusCode::kInternal,
                                   HasSubstr("not ready for ECDSA on P-384")));
  ASSERT_THAT(results[1], IsOk());
  EXPECT_THAT(VerifyItem(items[1], *results[1]), IsOk());
}

}  // namespace
}  // namespace keyhold
