// What is assembled. What is refused is in the vault's conformance suite.
#include "signer_service/vault/signed_input.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using ::testing::HasSubstr;

constexpr size_t kMaxMessage = 100;
constexpr SignatureScheme kScheme = SignatureScheme::kEcdsaSecp256r1Sha256;

class SignedInputTest : public testing::Test {
 protected:
  absl::StatusOr<SignedInput> Parse(const SignRequest& request) {
    return SignedInput::FromRequest(request, key_, kMaxMessage);
  }

  const PublicKey key_ = TestPublicKey(TestKeyKind::kP256);
};

TEST_F(SignedInputTest, Tls13ContentIsAssembled) {
  SignRequest request = Tls13Request(key_, kScheme, signer::v1::ROLE_CLIENT);
  absl::StatusOr<SignedInput> input = Parse(request);
  ASSERT_THAT(input, IsOk());
  EXPECT_EQ(input->bytes(), std::string(64, ' ') +
                                "TLS 1.3, client CertificateVerify" +
                                std::string(1, '\0') + std::string(32, 'h'));
  EXPECT_EQ(input->usage(), signer::v1::USAGE_TLS13_CLIENT);
  EXPECT_EQ(input->version(), TlsVersion::kTls13);
  EXPECT_EQ(input->role(), Role::kClient);
  EXPECT_EQ(input->digest_hash(), std::nullopt);
}

TEST_F(SignedInputTest, Tls12ServerContentIsAssembled) {
  absl::StatusOr<SignedInput> input = Parse(Tls12ServerRequest(key_, kScheme));
  ASSERT_THAT(input, IsOk());
  EXPECT_EQ(input->bytes(), std::string(32, 'c') + std::string(32, 's') +
                                std::string("\x03\x00\x17\x41", 4) +
                                P256Point());
  EXPECT_EQ(input->usage(), signer::v1::USAGE_TLS12_SERVER);
  EXPECT_EQ(input->version(), TlsVersion::kTls12);
  EXPECT_EQ(input->role(), Role::kServer);
}

TEST_F(SignedInputTest, Tls12TranscriptIsTakenAsItIs) {
  SignRequest request = Tls12ClientRequest(
      key_, kScheme,
      PemToDer(SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256))));
  absl::StatusOr<SignedInput> input = Parse(request);
  ASSERT_THAT(input, IsOk());
  EXPECT_EQ(input->bytes(),
            request.tls12_certificate_verify().handshake_messages());
  EXPECT_EQ(input->role(), Role::kClient);
}

TEST_F(SignedInputTest, DigestAndMessageBelongToNoVersion) {
  SignRequest digest = DigestRequest(key_, kScheme, signer::v1::HASH_SHA384,
                                     std::string(48, 'd'));
  absl::StatusOr<SignedInput> input = Parse(digest);
  ASSERT_THAT(input, IsOk());
  EXPECT_EQ(input->digest_hash(), HashAlgorithm::kSha384);
  EXPECT_EQ(input->bytes(), std::string(48, 'd'));
  EXPECT_EQ(input->version(), std::nullopt);
  EXPECT_EQ(input->role(), std::nullopt);

  SignRequest message = MessageRequest(key_, kScheme, "");
  input = Parse(message);
  ASSERT_THAT(input, IsOk());
  EXPECT_EQ(input->bytes(), "");
  EXPECT_EQ(input->digest_hash(), std::nullopt);
  EXPECT_EQ(input->version(), std::nullopt);
}

TEST_F(SignedInputTest, MessageMayFillTheLimit) {
  EXPECT_THAT(Parse(MessageRequest(key_, kScheme, std::string(100, 'm'))),
              IsOk());
  EXPECT_THAT(Parse(MessageRequest(key_, kScheme, std::string(101, 'm'))),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "message: expected at most 100 bytes, got 101"));
}

TEST_F(SignedInputTest, OtherFormsAreUntouchedByTheMessageLimit) {
  EXPECT_THAT(Parse(Tls12ServerRequest(key_, kScheme)), IsOk());
}

TEST(RequestedSchemeTest, AnyVersionWillDoForAMessage) {
  const PublicKey p384 = TestPublicKey(TestKeyKind::kP384);
  // Fits in TLS 1.2 only.
  EXPECT_THAT(RequestedScheme(MessageRequest(p384, kScheme, "m"), p384),
              IsOkAndHolds(kScheme));
  EXPECT_THAT(
      RequestedScheme(Tls13Request(p384, kScheme, signer::v1::ROLE_SERVER),
                      p384),
      StatusIs(absl::StatusCode::kInvalidArgument,
               "scheme: ecdsa_secp256r1_sha256 does not fit this P-384 key in "
               "TLS 1.3"));
}

TEST(RequestedSchemeTest, RestrictedPssKeyMakesOnlyItsOwnHash) {
  const PublicKey key = TestPublicKey(TestKeyKind::kRsaPss2048Sha256);
  EXPECT_THAT(
      RequestedScheme(
          MessageRequest(key, SignatureScheme::kRsaPssPssSha256, "m"), key),
      IsOk());
  absl::Status status =
      RequestedScheme(
          MessageRequest(key, SignatureScheme::kRsaPssPssSha384, "m"), key)
          .status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument,
                               HasSubstr("does not fit this RSA-PSS key")));
  EXPECT_EQ(GetReason(status), ErrorReason::kSchemeDoesNotFitKey);
}

}  // namespace
}  // namespace keyhold
