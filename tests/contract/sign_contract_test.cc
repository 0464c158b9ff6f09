// Sign: what is signed, and with which scheme.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tests/contract/contract_test.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/core/test_transcript.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;
using ::testing::SizeIs;

constexpr SignatureScheme kP256 = SignatureScheme::kEcdsaSecp256r1Sha256;
// SHA-256 of "abc" (FIPS 180-2, appendix B.1).
constexpr char kAbcSha256[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class SignContractTest : public ContractTest {
 protected:
  void ExpectSigns(const v1::SignRequest& request, const PublicKey& key,
                   SignatureScheme scheme, absl::string_view message) {
    const auto response = client_->Sign(request);
    ASSERT_THAT(response, IsOk());
    EXPECT_EQ(response->id(), request.id());
    EXPECT_EQ(response->scheme(), static_cast<uint32_t>(scheme));
    EXPECT_FALSE(response->has_status());
    EXPECT_THAT(response->policy_version(), SizeIs(16));
    EXPECT_THAT(key.Verify(scheme, message, response->signature()), IsOk());
  }
};

class EveryKeyKindTest : public SignContractTest,
                         public testing::WithParamInterface<TestKeyKind> {};

TEST_P(EveryKeyKindTest, SignsTls13ServersWithEachOfItsSchemes) {
  Serve({ContractKey("key", GetParam())});
  const PublicKey key = PublicKeyOf(GetParam());
  for (const SchemeInfo& info : AllSchemes()) {
    if (!key.CanMake(info.scheme, TlsVersion::kTls13)) continue;
    ExpectSigns(Tls13RequestFor(key, info.scheme), key, info.scheme,
                Tls13Content());
  }
}

TEST_P(EveryKeyKindTest, SignsTls12ServersWithEachOfItsSchemes) {
  Serve({ContractKey("key", GetParam())});
  const PublicKey key = PublicKeyOf(GetParam());
  const Tls12ServerKeyExchangeContent content = {
      std::string(32, 'c'), std::string(32, 's'), 29, std::string(32, 'x')};
  for (const SchemeInfo& info : AllSchemes()) {
    if (!key.CanMake(info.scheme, TlsVersion::kTls12)) continue;
    v1::SignRequest request = RequestFor(key, info.scheme);
    auto& input = *request.mutable_tls12_server_key_exchange();
    input.set_client_random(content.client_random);
    input.set_server_random(content.server_random);
    input.set_curve(content.curve);
    input.set_public_point(content.public_point);
    ExpectSigns(request, key, info.scheme,
                *AssembleTls12ServerKeyExchange(content));
  }
}

TEST_P(EveryKeyKindTest, SignsAsAClientInBothVersions) {
  FakeKey fake = ContractKey("key", GetParam());
  fake.roles = {Role::kClient};
  Serve({fake});
  const PublicKey key = PublicKeyOf(GetParam());
  const std::string certificate = PemToDer(SelfSignedTestCert(fake.pem));
  const std::string transcript = MakeTestTranscript(certificate).Encode();
  for (const SchemeInfo& info : AllSchemes()) {
    if (key.CanMake(info.scheme, TlsVersion::kTls13)) {
      v1::SignRequest request = RequestFor(key, info.scheme);
      auto& input = *request.mutable_tls13_certificate_verify();
      input.set_role(v1::ROLE_CLIENT);
      input.set_transcript_hash(std::string(48, 'h'));
      ExpectSigns(request, key, info.scheme,
                  *AssembleTls13CertificateVerify(
                      {Role::kClient, std::string(48, 'h')}));
    }
    if (key.CanMake(info.scheme, TlsVersion::kTls12)) {
      v1::SignRequest request = RequestFor(key, info.scheme);
      request.mutable_tls12_certificate_verify()->set_handshake_messages(
          transcript);
      ExpectSigns(request, key, info.scheme, transcript);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryKeyKindTest,
                         testing::ValuesIn(GoodTestKeyKinds()),
                         [](const auto& info) {
                           return std::string(TestKeyKindName(info.param));
                         });

TEST_F(SignContractTest, ChoosesAndSignsInOneCall) {
  Serve({ContractKey("rsa", TestKeyKind::kRsa2048)});
  const PublicKey rsa = PublicKeyOf(TestKeyKind::kRsa2048);
  v1::SignRequest request =
      Tls13RequestFor(rsa, SignatureScheme::kRsaPssRsaeSha512);
  request.clear_scheme();
  // GREASE, PKCS#1 (no candidate in TLS 1.3), PSS with SHA-512 and SHA-256.
  for (const uint32_t scheme : {0x1a1a, 0x0401, 0x0806, 0x0804}) {
    request.add_offered_schemes(scheme);
  }
  ExpectSigns(request, rsa, SignatureScheme::kRsaPssRsaeSha256, Tls13Content());
}

TEST_F(SignContractTest, OfferedForADigestOnlySchemesWithItsHash) {
  FakeRule rule;
  rule.usages = {v1::USAGE_DIGEST};
  Serve({ContractKey("rsa", TestKeyKind::kRsa2048)}, {rule});
  const PublicKey rsa = PublicKeyOf(TestKeyKind::kRsa2048);
  v1::SignRequest request = RequestFor(rsa, kP256);
  request.clear_scheme();
  request.mutable_digest()->set_hash(v1::HASH_SHA384);
  request.mutable_digest()->set_value(std::string(48, 'd'));
  for (const uint32_t scheme : {0x0804, 0x0805, 0x0401}) {
    request.add_offered_schemes(scheme);
  }
  const auto response = client_->Sign(request);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->scheme(), 0x0805);
  EXPECT_THAT(rsa.VerifyDigest(SignatureScheme::kRsaPssRsaeSha384,
                               std::string(48, 'd'), response->signature()),
              IsOk());
}

TEST_F(SignContractTest, DigestsAndMessagesWherePolicyNamesThem) {
  FakeRule rule;
  rule.usages = {v1::USAGE_DIGEST, v1::USAGE_MESSAGE};
  Serve({ContractKey("ec", TestKeyKind::kP256),
         ContractKey("ed", TestKeyKind::kEd25519)},
        {rule});
  const PublicKey ec = PublicKeyOf(TestKeyKind::kP256);
  v1::SignRequest request = RequestFor(ec, kP256);
  request.mutable_digest()->set_hash(v1::HASH_SHA256);
  request.mutable_digest()->set_value(absl::HexStringToBytes(kAbcSha256));
  ExpectSigns(request, ec, kP256, "abc");
  request = RequestFor(ec, kP256);
  request.set_message("any bytes");
  ExpectSigns(request, ec, kP256, "any bytes");

  const PublicKey ed = PublicKeyOf(TestKeyKind::kEd25519);
  request = RequestFor(ed, SignatureScheme::kEd25519);
  request.set_message(std::string(65536, 'm'));
  ExpectSigns(request, ed, SignatureScheme::kEd25519, std::string(65536, 'm'));
}

TEST_F(SignContractTest, EveryCurveOfServerKeyExchange) {
  Serve({ContractKey("ec", TestKeyKind::kP256)});
  const PublicKey ec = PublicKeyOf(TestKeyKind::kP256);
  // An uncompressed point is the end of a SubjectPublicKeyInfo.
  const auto point = [](TestKeyKind kind, size_t size) {
    const std::string spki = TestKeySpki(kind, 3);
    return spki.substr(spki.size() - size);
  };
  const std::pair<uint32_t, std::string> shares[] = {
      {23, point(TestKeyKind::kP256, 65)},
      {24, point(TestKeyKind::kP384, 97)},
      {25, point(TestKeyKind::kP521, 133)},
      {29, std::string(32, 'x')},
      {30, std::string(56, 'x')}};
  for (const auto& [curve, share] : shares) {
    v1::SignRequest request = RequestFor(ec, kP256);
    auto& input = *request.mutable_tls12_server_key_exchange();
    input.set_client_random(std::string(32, 'c'));
    input.set_server_random(std::string(32, 's'));
    input.set_curve(curve);
    input.set_public_point(share);
    ExpectSigns(request, ec, kP256,
                *AssembleTls12ServerKeyExchange(
                    {std::string(32, 'c'), std::string(32, 's'),
                     static_cast<uint16_t>(curve), share}));
  }
}

TEST_F(SignContractTest, OldKeyBesideTheNewOneSigns) {
  Serve({ContractKey("www", TestKeyKind::kP256, 0, {}, "old"),
         ContractKey("www", TestKeyKind::kP256, 1)});
  for (const int index : {0, 1}) {
    const PublicKey key = PublicKeyOf(TestKeyKind::kP256, index);
    ExpectSigns(Tls13RequestFor(key, kP256), key, kP256, Tls13Content());
  }
}

}  // namespace
}  // namespace keyhold
