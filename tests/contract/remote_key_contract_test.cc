// RemoteSigningKey against a service that changes, stops and comes back.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/contract/contract_test.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/remote_signing_key.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr SignatureScheme kP256 = SignatureScheme::kEcdsaSecp256r1Sha256;
constexpr SignatureScheme kPss256 = SignatureScheme::kRsaPssRsaeSha256;
constexpr SignatureScheme kPss384 = SignatureScheme::kRsaPssRsaeSha384;

class RemoteKeyContractTest : public ContractTest {
 protected:
  std::shared_ptr<const RemoteSigningKey> KeyFor(TestKeyKind kind,
                                                 int index = 0) {
    auto key = RemoteSigningKey::ForCertificate(
        client_, SelfSignedTestCert(TestKeyPem(kind, index)));
    EXPECT_THAT(key, IsOk());
    return *std::move(key);
  }

  static absl::StatusOr<std::string> Sign(
      const SigningKey& key, const std::vector<SignatureScheme>& offered,
      absl::string_view message = Tls13Content()) {
    auto signer = key.ChooseScheme(SigningContext(), offered);
    if (!signer.ok()) return signer.status();
    return (*signer)->Sign(message, absl::InfiniteFuture());
  }

  static absl::StatusOr<SignatureScheme> Choose(
      const SigningKey& key, const std::vector<SignatureScheme>& offered) {
    auto signer = key.ChooseScheme(SigningContext(), offered);
    if (!signer.ok()) return signer.status();
    return (*signer)->scheme();
  }

  static void ExpectSigns(const SigningKey& key, SignatureScheme scheme,
                          absl::string_view message = Tls13Content()) {
    const auto signature = Sign(key, {scheme}, message);
    ASSERT_THAT(signature, IsOk());
    EXPECT_THAT(key.public_key().Verify(scheme, message, *signature), IsOk());
  }
};

TEST_F(RemoteKeyContractTest, SignsAfterARestart) {
  Serve({ContractKey("www", TestKeyKind::kP256)});
  const auto key = KeyFor(TestKeyKind::kP256);
  ExpectSigns(*key, kP256);
  signer_->Stop();
  signer_->Start();
  ExpectSigns(*key, kP256);
}

TEST_F(RemoteKeyContractTest, ServiceAwayIsAnotherErrorThanNothingInCommon) {
  Serve({ContractKey("www", TestKeyKind::kP256)});
  const auto key = KeyFor(TestKeyKind::kP256);
  signer_->Stop();
  SigningContext context;
  context.deadline = absl::Now() + absl::Milliseconds(200);
  EXPECT_THAT(key->ChooseScheme(context, {kP256}),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(key->ChooseScheme(context, {kPss256}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(RemoteKeyContractTest, KeyReplacedUnderAnOldCertificate) {
  Serve({ContractKey("www", TestKeyKind::kP256)});
  const auto key = KeyFor(TestKeyKind::kP256);
  ExpectSigns(*key, kP256);
  const FakeKey renewed = ContractKey("www", TestKeyKind::kP256, 1);
  signer_->SetKeys(
      {ContractKey("www", TestKeyKind::kP256, 0, {}, "old"), renewed});
  ExpectSigns(*key, kP256);
  ExpectSigns(*KeyFor(TestKeyKind::kP256, 1), kP256);
  signer_->SetKeys({renewed});
  const auto gone = Sign(*key, {kP256});
  EXPECT_THAT(gone, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(GetReason(gone.status()), Optional(ErrorReason::kKeyNotFound));
  ExpectSigns(*KeyFor(TestKeyKind::kP256, 1), kP256);
}

TEST_F(RemoteKeyContractTest, ChangeOfPolicyIsKnownAfterOneSignature) {
  FakeKey rsa = ContractKey("rsa", TestKeyKind::kRsa2048);
  Serve({rsa});
  const auto key = KeyFor(TestKeyKind::kRsa2048);
  EXPECT_THAT(Choose(*key, {kPss256, kPss384}), IsOkAndHolds(kPss256));
  FakeRule rule;
  rule.schemes = {kPss384};
  signer_->SetRules({rule});
  // The cached choice is refused, once.
  const auto refused = Sign(*key, {kPss256, kPss384});
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(GetReason(refused.status()),
              Optional(ErrorReason::kSchemeNotAllowed));
  EXPECT_THAT(Choose(*key, {kPss256, kPss384}), IsOkAndHolds(kPss384));
}

TEST_F(RemoteKeyContractTest, MessagesOutsideTlsWherePolicyAllowsThem) {
  const std::vector<FakeKey> keys = {
      ContractKey("rsa", TestKeyKind::kRsa2048),
      ContractKey("ed25519", TestKeyKind::kEd25519),
      ContractKey("ed448", TestKeyKind::kEd448)};
  Serve(keys);
  constexpr char kMessage[] = "a message of no TLS";
  const std::pair<TestKeyKind, SignatureScheme> cases[] = {
      {TestKeyKind::kRsa2048, kPss256},
      {TestKeyKind::kEd25519, SignatureScheme::kEd25519},
      {TestKeyKind::kEd448, SignatureScheme::kEd448}};
  for (const auto& [kind, scheme] : cases) {
    EXPECT_THAT(Sign(*KeyFor(kind), {scheme}, kMessage),
                StatusIs(absl::StatusCode::kPermissionDenied));
  }
  FakeRule rule;
  rule.usages = {v1::USAGE_TLS13_SERVER, v1::USAGE_DIGEST, v1::USAGE_MESSAGE};
  signer_->SetRules({rule});
  for (const auto& [kind, scheme] : cases) {
    ExpectSigns(*KeyFor(kind), scheme, kMessage);
  }
}

TEST_F(RemoteKeyContractTest, FindsItsKeysAtTheService) {
  Serve({ContractKey("www", TestKeyKind::kP256, 0, {"www.example.org"}),
         ContractKey("www", TestKeyKind::kRsa2048, 0, {"www.example.org"},
                     "rsa")});
  v1::KeySelector selector;
  selector.set_server_name("www.example.org");
  const auto keys = RemoteSigningKey::FindAll(client_, selector);
  ASSERT_THAT(keys, IsOk());
  ASSERT_EQ(keys->size(), 2);
  ExpectSigns(*(*keys)[0], kP256);
  ExpectSigns(*(*keys)[1], kPss256);
  EXPECT_THAT(RemoteSigningKey::Find(client_, selector),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("names 2 keys")));
}

TEST_F(RemoteKeyContractTest, ReplacedTransportCertificateIsPickedUp) {
  FakeRule rule;
  rule.identity = "spiffe://example.org/renewed";
  Serve({ContractKey("www", TestKeyKind::kP256)}, {rule});
  const SignerClientOptions options =
      signer_->ClientOptions("spiffe://example.org/first");
  client_ = *SignerClient::Create(options);
  const auto key = KeyFor(TestKeyKind::kP256);
  EXPECT_THAT(Sign(*key, {kP256}), StatusIs(absl::StatusCode::kNotFound));
  signer_->pki().Replace(*options.tls, rule.identity);
  // A connection keeps its certificate, and files are looked at once a
  // second: new connections until one has the new certificate.
  while (!Sign(*key, {kP256}).ok()) {
    signer_->Stop();
    signer_->Start();
  }
}

}  // namespace
}  // namespace keyhold
