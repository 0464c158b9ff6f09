#include "signer_service/engines/self_checking_signer.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/engines/engine_test_input.h"
#include "signer_service/engines/faulty_engine.h"
#include "signer_service/engines/nettle_p384_engine.h"
#include "signer_service/engines/openssl_engine.h"
#include "signer_service/engines/p256_batch_engine.h"
#include "signer_service/engines/sodium_ed25519_engine.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::SizeIs;

constexpr absl::string_view kMessage = "to be signed";

// What a FailedCheck said, without its views.
struct Report {
  std::string engine;
  std::string spki_sha256;
  bool recovered;
  bool switched_off;
};

// A key kind, and how to break the engine that signs with it.
struct FaultyCase {
  std::string name;
  TestKeyKind kind;
  std::string engine;
};

class SelfCheckingSignerTest : public testing::TestWithParam<FaultyCase> {
 protected:
  // Every engine can be made faulty.
  void Start(VerifyAfterSign verify) {
    SelfCheckingSignerOptions options;
    options.verify_after_sign = verify;
    options.on_failed_check = [this](const FailedCheck& failed) {
      reports_.push_back({std::string(failed.engine),
                          std::string(failed.spki_sha256), failed.recovered,
                          failed.engine_switched_off});
    };
    std::vector<std::unique_ptr<const BatchSigningEngine>> fast;
    fast.push_back(Faulty(std::make_unique<P256BatchEngine>(), fast_faults_));
    fast.push_back(Faulty(std::make_unique<NettleP384Engine>(), fast_faults_));
    fast.push_back(Faulty(*SodiumEd25519Engine::Create(), fast_faults_));
    signer_ = std::make_unique<SelfCheckingSigner>(
        std::move(options),
        EngineTable(Faulty(std::make_unique<OpensslEngine>(), openssl_faults_),
                    std::move(fast)));
  }
  static std::unique_ptr<const BatchSigningEngine> Faulty(
      std::unique_ptr<const BatchSigningEngine> engine,
      const std::shared_ptr<Faults>& faults) {
    return std::make_unique<FaultyEngine>(std::move(engine), faults);
  }

  static SigningItem Item(const EngineKey& key) {
    return {&key, key.public_key().DefaultPreferences().front(),
            /*is_digest=*/false, kMessage};
  }
  static void ExpectGood(const SigningItem& item,
                         const absl::StatusOr<std::string>& result) {
    ASSERT_THAT(result, IsOk());
    EXPECT_THAT(item.key->public_key().Verify(item.scheme, item.bytes, *result),
                IsOk());
  }
  EngineState StateOf(absl::string_view name) const {
    for (const EngineState& state : signer_->engines()) {
      if (state.name == name) return state;
    }
    return {};
  }
  bool HasFastEngine() const { return GetParam().engine != "openssl"; }
  Faults& faults() const {
    return HasFastEngine() ? *fast_faults_ : *openssl_faults_;
  }

  const std::shared_ptr<Faults> fast_faults_ = std::make_shared<Faults>();
  const std::shared_ptr<Faults> openssl_faults_ = std::make_shared<Faults>();
  std::vector<Report> reports_;
  std::unique_ptr<SelfCheckingSigner> signer_;
};

TEST_P(SelfCheckingSignerTest, SignsWithoutAFault) {
  Start(VerifyAfterSign::kAll);
  const auto key = MakeEngineKey(GetParam().kind);
  const std::vector<SigningItem> items(5, Item(*key));
  const EngineResults results = signer_->Sign(items);
  ASSERT_EQ(results.size(), 5);
  for (const auto& result : results) ExpectGood(items[0], result);
  EXPECT_EQ(signer_->EngineName(key->public_key().type()), GetParam().engine);
  EXPECT_EQ(signer_->HasFastEngine(key->public_key().type()), HasFastEngine());
  EXPECT_THAT(reports_, SizeIs(0));
}

// The signature is made again by OpenSSL; the other items keep theirs.
TEST_P(SelfCheckingSignerTest, AFaultyFastEngineIsSwitchedOff) {
  if (!HasFastEngine()) return;
  for (Faults::Kind kind : {Faults::kWrongSignature, Faults::kEmptySignature,
                            Faults::kCheckFailed}) {
    Start(VerifyAfterSign::kAll);
    reports_.clear();
    const auto key = MakeEngineKey(GetParam().kind);
    const std::vector<SigningItem> items(6, Item(*key));
    faults().kind = kind;
    faults().item = 4;
    const EngineResults results = signer_->Sign(items);
    for (const auto& result : results) ExpectGood(items[0], result);
    ASSERT_THAT(reports_, SizeIs(1));
    EXPECT_EQ(reports_[0].engine, GetParam().engine);
    EXPECT_EQ(reports_[0].spki_sha256, key->public_key().spki_sha256());
    EXPECT_TRUE(reports_[0].recovered);
    EXPECT_TRUE(reports_[0].switched_off);
    EXPECT_EQ(signer_->EngineName(key->public_key().type()), "openssl");
    EXPECT_FALSE(signer_->HasFastEngine(key->public_key().type()));
    EXPECT_FALSE(StateOf(GetParam().engine).on);
    EXPECT_EQ(StateOf(GetParam().engine).failed_checks, 1);

    // It is not asked again, and OpenSSL signs.
    const uint64_t asked = faults().asked;
    for (const auto& result : signer_->Sign(items)) {
      ExpectGood(items[0], result);
    }
    EXPECT_EQ(faults().asked, asked);
    EXPECT_THAT(reports_, SizeIs(1));
  }
}

// OpenSSL is what everything falls back to: a fault of it that passes is
// reported, and nothing is switched off.
TEST_P(SelfCheckingSignerTest, OpensslItselfFailsOnce) {
  if (HasFastEngine()) return;
  Start(VerifyAfterSign::kAll);
  const auto key = MakeEngineKey(GetParam().kind);
  const std::vector<SigningItem> items(2, Item(*key));
  faults().kind = Faults::kWrongSignature;
  faults().item = 1;
  // The second try is a batch of one item, whose only item is well.
  for (const auto& result : signer_->Sign(items)) {
    ExpectGood(items[0], result);
  }
  ASSERT_THAT(reports_, SizeIs(1));
  EXPECT_TRUE(reports_[0].recovered);
  EXPECT_FALSE(reports_[0].switched_off);
  EXPECT_TRUE(StateOf("openssl").on);
  EXPECT_EQ(StateOf("openssl").failed_checks, 1);
}

TEST_P(SelfCheckingSignerTest, NothingIsReleasedIfOpensslIsWrongToo) {
  Start(VerifyAfterSign::kAll);
  const auto key = MakeEngineKey(GetParam().kind);
  const SigningItem item = Item(*key);
  faults().kind = Faults::kWrongSignature;
  openssl_faults_->kind = Faults::kWrongSignature;
  const EngineResults results = signer_->Sign({&item, 1});
  EXPECT_THAT(results[0], StatusIs(absl::StatusCode::kDataLoss,
                                   HasSubstr("failed its own verification, and "
                                             "again when OpenSSL made it")));
  EXPECT_EQ(GetReason(results[0].status()), ErrorReason::kSignatureCheckFailed);
  ASSERT_THAT(reports_, SizeIs(1));
  EXPECT_FALSE(reports_[0].recovered);
}

// Whatever verify_after_sign says, a failed check is followed by a verified
// signature.
TEST_P(SelfCheckingSignerTest, TheSecondSignatureIsVerifiedInAnyCase) {
  Start(VerifyAfterSign::kNone);
  const auto key = MakeEngineKey(GetParam().kind);
  const SigningItem item = Item(*key);
  faults().kind = Faults::kCheckFailed;
  if (HasFastEngine()) openssl_faults_->kind = Faults::kWrongSignature;
  EXPECT_THAT(signer_->Sign({&item, 1})[0],
              StatusIs(absl::StatusCode::kDataLoss));
}

// An engine that says that it cannot has made nothing wrong.
TEST_P(SelfCheckingSignerTest, AnErrorSwitchesNothingOff) {
  Start(VerifyAfterSign::kRsa);
  const auto key = MakeEngineKey(GetParam().kind);
  const SigningItem item = Item(*key);
  faults().kind = Faults::kError;
  const EngineResults results = signer_->Sign({&item, 1});
  if (HasFastEngine()) {
    ExpectGood(item, results[0]);
  } else {
    EXPECT_THAT(results[0], StatusIs(absl::StatusCode::kInternal,
                                     HasSubstr("out of order")));
  }
  EXPECT_EQ(signer_->EngineName(key->public_key().type()), GetParam().engine);
  EXPECT_THAT(reports_, SizeIs(0));
}

TEST_P(SelfCheckingSignerTest, VerifyAfterSignSaysWhatIsVerified) {
  const bool rsa = GetParam().kind == TestKeyKind::kRsa2048 ||
                   GetParam().kind == TestKeyKind::kRsaPss2048;
  const auto key = MakeEngineKey(GetParam().kind);
  const std::vector<SigningItem> items(2, Item(*key));
  const std::pair<VerifyAfterSign, bool> kVerified[] = {
      {VerifyAfterSign::kNone, false},
      {VerifyAfterSign::kRsa, rsa},
      {VerifyAfterSign::kAll, true}};
  for (const auto& [verify, verified] : kVerified) {
    Start(verify);
    reports_.clear();
    faults().kind = Faults::kWrongSignature;
    faults().item = 1;
    signer_->Sign(items);
    EXPECT_EQ(reports_.size(), verified ? 1 : 0);
  }
}

TEST_P(SelfCheckingSignerTest, ThreadsMeetAFault) {
  Start(VerifyAfterSign::kAll);
  if (!HasFastEngine()) return;
  const auto key = MakeEngineKey(GetParam().kind);
  const std::vector<SigningItem> items(5, Item(*key));
  // Reports of two threads are not for this test.
  SelfCheckingSignerOptions options;
  options.verify_after_sign = VerifyAfterSign::kAll;
  std::vector<std::unique_ptr<const BatchSigningEngine>> fast;
  fast.push_back(Faulty(std::make_unique<P256BatchEngine>(), fast_faults_));
  fast.push_back(Faulty(std::make_unique<NettleP384Engine>(), fast_faults_));
  fast.push_back(Faulty(*SodiumEd25519Engine::Create(), fast_faults_));
  const SelfCheckingSigner signer(
      options, EngineTable(std::make_unique<OpensslEngine>(), std::move(fast)));
  faults().kind = Faults::kWrongSignature;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        for (const auto& result : signer.Sign(items)) {
          ExpectGood(items[0], result);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(signer.EngineName(key->public_key().type()), "openssl");
}

INSTANTIATE_TEST_SUITE_P(
    Engines, SelfCheckingSignerTest,
    testing::Values(
        FaultyCase{"P256", TestKeyKind::kP256, "openssl-p256-batch"},
        FaultyCase{"P384", TestKeyKind::kP384, "nettle-p384"},
        FaultyCase{"Ed25519", TestKeyKind::kEd25519, "sodium-ed25519"},
        FaultyCase{"P521", TestKeyKind::kP521, "openssl"},
        FaultyCase{"Ed448", TestKeyKind::kEd448, "openssl"},
        FaultyCase{"Rsa", TestKeyKind::kRsa2048, "openssl"},
        FaultyCase{"RsaPss", TestKeyKind::kRsaPss2048, "openssl"}),
    [](const testing::TestParamInfo<FaultyCase>& info) {
      return info.param.name;
    });

// Keys, types, schemes, digests, messages and refused items in one batch.
TEST(SelfCheckingSignerMixTest, OneBatchOfEverything) {
  const SelfCheckingSigner signer;
  std::vector<std::unique_ptr<const EngineKey>> keys;
  std::vector<SigningItem> items;
  const std::string digest(32, 'd');
  for (int round = 0; round < 3; ++round) {
    for (TestKeyKind kind :
         {TestKeyKind::kP256, TestKeyKind::kRsa2048, TestKeyKind::kEd25519,
          TestKeyKind::kP384, TestKeyKind::kP256, TestKeyKind::kEd448}) {
      keys.push_back(MakeEngineKey(kind, round));
      for (SignatureScheme scheme :
           keys.back()->public_key().DefaultPreferences()) {
        items.push_back({keys.back().get(), scheme, false, kMessage});
        // Fits SHA-256 schemes only.
        items.push_back({keys.back().get(), scheme, true, digest});
      }
      // Fits none of these keys.
      items.push_back({keys.back().get(), SignatureScheme::kRsaPssPssSha256,
                       false, kMessage});
    }
  }
  const EngineResults results = signer.Sign(items);
  ASSERT_EQ(results.size(), items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    const SigningItem& item = items[i];
    const PublicKey& key = item.key->public_key();
    const SchemeInfo* scheme = FindScheme(item.scheme);
    if (item.scheme == SignatureScheme::kRsaPssPssSha256) {
      EXPECT_THAT(results[i], StatusIs(absl::StatusCode::kInvalidArgument,
                                       HasSubstr("cannot make rsa_pss_pss")));
      EXPECT_EQ(GetReason(results[i].status()),
                ErrorReason::kSchemeDoesNotFitKey);
    } else if (!item.is_digest) {
      ASSERT_THAT(results[i], IsOk());
      EXPECT_THAT(key.Verify(item.scheme, item.bytes, *results[i]), IsOk());
    } else if (scheme->hash == HashAlgorithm::kSha256) {
      ASSERT_THAT(results[i], IsOk());
      EXPECT_THAT(key.VerifyDigest(item.scheme, item.bytes, *results[i]),
                  IsOk());
    } else {
      EXPECT_THAT(results[i], StatusIs(absl::StatusCode::kInvalidArgument));
    }
  }
}

TEST(SelfCheckingSignerMixTest, EnginesAreNamed) {
  const SelfCheckingSigner signer;
  EXPECT_THAT(signer.engines(),
              ElementsAre(Field(&EngineState::name, "openssl-p256-batch"),
                          Field(&EngineState::name, "nettle-p384"),
                          Field(&EngineState::name, "sodium-ed25519"),
                          Field(&EngineState::name, "openssl")));
  for (const EngineState& state : signer.engines()) {
    EXPECT_TRUE(state.on);
    EXPECT_EQ(state.failed_checks, 0);
  }
}

}  // namespace
}  // namespace keyhold
