// Sign: what is refused, and how.
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tests/contract/contract_test.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/test_transcript.h"
#include "tls_lib/remote/policy_version.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::SizeIs;

constexpr SignatureScheme kP256 = SignatureScheme::kEcdsaSecp256r1Sha256;

class SignRefusalsContractTest : public ContractTest {
 protected:
  void ServeOne() { Serve({ContractKey("ec", TestKeyKind::kP256)}); }
  void ServeOracle() {
    FakeRule rule;
    rule.usages = {v1::USAGE_DIGEST, v1::USAGE_MESSAGE};
    Serve({ContractKey("ec", TestKeyKind::kP256),
           ContractKey("ed", TestKeyKind::kEd25519)},
          {rule});
  }

  void ExpectRefused(const v1::SignRequest& request, absl::StatusCode code,
                     ErrorReason reason, const std::string& words = "") {
    ExpectRefusal(client_->Sign(request), code, reason, words);
    ExpectRefusal(SignOnce(request), code, reason, words);
  }
  static void ExpectRefusal(
      const absl::StatusOr<signer::v1::SignResponse>& response,
      absl::StatusCode code, ErrorReason reason, const std::string& words) {
    EXPECT_THAT(response, StatusIs(code, HasSubstr(words)));
    EXPECT_THAT(GetReason(response.status()), Optional(reason));
    EXPECT_THAT(PolicyVersionOf(response.status()), SizeIs(16));
  }
  void ExpectInvalid(const v1::SignRequest& request, const std::string& field) {
    ExpectRefused(request, absl::StatusCode::kInvalidArgument,
                  ErrorReason::kInvalidRequest, field);
  }

  const PublicKey ec_ = PublicKeyOf(TestKeyKind::kP256);
};

TEST_F(SignRefusalsContractTest, KeyThatIsNotThereOrNotYours) {
  FakeRule rule;
  rule.keys = {"ec"};
  Serve({ContractKey("ec", TestKeyKind::kP256),
         ContractKey("secret", TestKeyKind::kP256, 1)},
        {rule});
  std::vector<std::string> texts;
  for (const int index : {1, 2}) {
    const auto request =
        Tls13RequestFor(PublicKeyOf(TestKeyKind::kP256, index), kP256);
    ExpectRefused(request, absl::StatusCode::kNotFound,
                  ErrorReason::kKeyNotFound);
    const std::string message(client_->Sign(request).status().message());
    texts.push_back(message.substr(message.rfind(": ")));
  }
  EXPECT_EQ(texts[0], texts[1]);
}

TEST_F(SignRefusalsContractTest, RemovedKeyIsNotFoundWhateverReplacesIt) {
  ServeOne();
  EXPECT_THAT(client_->Sign(Tls13RequestFor(ec_, kP256)), IsOk());
  signer_->SetKeys({ContractKey("ec", TestKeyKind::kP256, 1)});
  ExpectRefused(Tls13RequestFor(ec_, kP256), absl::StatusCode::kNotFound,
                ErrorReason::kKeyNotFound);
}

TEST_F(SignRefusalsContractTest, OracleFormsByDefault) {
  ServeOne();
  v1::SignRequest request = RequestFor(ec_, kP256);
  request.set_message("any bytes");
  ExpectRefused(request, absl::StatusCode::kPermissionDenied,
                ErrorReason::kUsageNotAllowed);
  request.mutable_digest()->set_hash(v1::HASH_SHA256);
  request.mutable_digest()->set_value(std::string(32, 'd'));
  ExpectRefused(request, absl::StatusCode::kPermissionDenied,
                ErrorReason::kUsageNotAllowed);
}

TEST_F(SignRefusalsContractTest, FormsOfARoleThatTheKeyDoesNotHave) {
  FakeKey client_key = ContractKey("app", TestKeyKind::kP256, 1);
  client_key.roles = {Role::kClient};
  Serve({ContractKey("ec", TestKeyKind::kP256), client_key});
  const PublicKey app = PublicKeyOf(TestKeyKind::kP256, 1);
  ExpectRefused(Tls13RequestFor(app, kP256),
                absl::StatusCode::kPermissionDenied,
                ErrorReason::kUsageNotAllowed);
  v1::SignRequest request = Tls13RequestFor(ec_, kP256);
  request.mutable_tls13_certificate_verify()->set_role(v1::ROLE_CLIENT);
  ExpectRefused(request, absl::StatusCode::kPermissionDenied,
                ErrorReason::kUsageNotAllowed);
}

TEST_F(SignRefusalsContractTest, NoRuleGrantsARoleThatTheKeyDoesNotHave) {
  FakeRule rule;
  rule.usages = {v1::USAGE_TLS13_CLIENT, v1::USAGE_TLS13_SERVER};
  Serve({ContractKey("ec", TestKeyKind::kP256)}, {rule});
  v1::SignRequest request = Tls13RequestFor(ec_, kP256);
  EXPECT_THAT(client_->Sign(request), IsOk());
  request.mutable_tls13_certificate_verify()->set_role(v1::ROLE_CLIENT);
  ExpectRefused(request, absl::StatusCode::kPermissionDenied,
                ErrorReason::kUsageNotAllowed);
}

TEST_F(SignRefusalsContractTest, SchemeAndServerNameOutsideTheRule) {
  FakeRule rule;
  rule.schemes = {SignatureScheme::kRsaPssRsaeSha384};
  rule.server_names = {"www.example.org"};
  Serve({ContractKey("rsa", TestKeyKind::kRsa2048)}, {rule});
  const PublicKey rsa = PublicKeyOf(TestKeyKind::kRsa2048);
  v1::SignRequest request =
      Tls13RequestFor(rsa, SignatureScheme::kRsaPssRsaeSha384);
  ExpectRefused(request, absl::StatusCode::kPermissionDenied,
                ErrorReason::kServerNameNotAllowed);
  request.set_server_name("www.example.org");
  EXPECT_THAT(client_->Sign(request), IsOk());
  request.set_scheme(0x0804);
  ExpectRefused(request, absl::StatusCode::kPermissionDenied,
                ErrorReason::kSchemeNotAllowed);
}

TEST_F(SignRefusalsContractTest, SchemesThatDoNotFit) {
  Serve({ContractKey("ec", TestKeyKind::kP256),
         ContractKey("rsa", TestKeyKind::kRsa2048)});
  const PublicKey rsa = PublicKeyOf(TestKeyKind::kRsa2048);
  for (const auto& request :
       {Tls13RequestFor(ec_, SignatureScheme::kEcdsaSecp384r1Sha384),
        Tls13RequestFor(ec_, SignatureScheme::kEd25519),
        Tls13RequestFor(rsa, SignatureScheme::kRsaPkcs1Sha256),
        Tls13RequestFor(rsa, SignatureScheme::kRsaPssPssSha256)}) {
    ExpectRefused(request, absl::StatusCode::kInvalidArgument,
                  ErrorReason::kSchemeDoesNotFitKey, "scheme");
  }
}

TEST_F(SignRefusalsContractTest, SchemesThatAreNone) {
  ServeOne();
  for (const uint32_t scheme : {0x0a0au, 0x0203u, 0x10403u, 0xffffffffu}) {
    v1::SignRequest request = Tls13RequestFor(ec_, kP256);
    request.set_scheme(scheme);
    ExpectInvalid(request, "scheme");
  }
  v1::SignRequest request = Tls13RequestFor(ec_, kP256);
  request.add_offered_schemes(0x0403);
  ExpectInvalid(request, "scheme");
  request.clear_scheme();
  request.clear_offered_schemes();
  ExpectInvalid(request, "scheme");
}

TEST_F(SignRefusalsContractTest, OfferedSchemesWithNothingInCommon) {
  ServeOne();
  v1::SignRequest request = Tls13RequestFor(ec_, kP256);
  request.clear_scheme();
  request.add_offered_schemes(0x0804);
  request.add_offered_schemes(0x3a3a);
  ExpectRefused(request, absl::StatusCode::kFailedPrecondition,
                ErrorReason::kNoCommonScheme);
}

TEST_F(SignRefusalsContractTest, MalformedRequests) {
  ServeOne();
  ExpectInvalid(RequestFor(ec_, kP256), "input");
  v1::SignRequest request = Tls13RequestFor(ec_, kP256);
  request.set_spki_sha256(std::string(31, 'x'));
  ExpectInvalid(request, "spki_sha256");
  request = Tls13RequestFor(ec_, kP256);
  request.set_server_name(std::string(256, 'a'));
  ExpectInvalid(request, "server_name");
  request = Tls13RequestFor(ec_, kP256);
  request.mutable_tls13_certificate_verify()->clear_role();
  ExpectInvalid(request, "role");
  for (const size_t size : {0, 20, 31, 33, 47, 49, 64}) {
    request = Tls13RequestFor(ec_, kP256);
    request.mutable_tls13_certificate_verify()->set_transcript_hash(
        std::string(size, 'h'));
    ExpectInvalid(request, "hash");
  }
  request = Tls13RequestFor(ec_, kP256);
  request.clear_scheme();
  for (int i = 0; i < 10000; ++i) request.add_offered_schemes(0x0403);
  ExpectInvalid(request, "offered");
}

TEST_F(SignRefusalsContractTest, ServerKeyExchangesThatAreNone) {
  ServeOne();
  const auto exchange = [&](size_t random, uint32_t curve,
                            const std::string& point) {
    v1::SignRequest request = RequestFor(ec_, kP256);
    auto& input = *request.mutable_tls12_server_key_exchange();
    input.set_client_random(std::string(random, 'c'));
    input.set_server_random(std::string(32, 's'));
    input.set_curve(curve);
    input.set_public_point(point);
    return request;
  };
  ExpectInvalid(exchange(31, 29, std::string(32, 'x')), "client_random");
  ExpectInvalid(exchange(32, 0, std::string(32, 'x')), "curve");
  ExpectInvalid(exchange(32, 256, std::string(32, 'x')), "curve");
  ExpectInvalid(exchange(32, 0x1001d, std::string(32, 'x')), "curve");
  ExpectInvalid(exchange(32, 29, std::string(31, 'x')), "point");
  ExpectInvalid(exchange(32, 23, "\x04" + std::string(64, '\x01')), "point");
}

TEST_F(SignRefusalsContractTest, Tls12TranscriptsThatAreNone) {
  FakeKey key = ContractKey("app", TestKeyKind::kP256);
  key.roles = {Role::kClient};
  Serve({key});
  const auto with = [&](const std::string& messages) {
    v1::SignRequest request = RequestFor(ec_, kP256);
    request.mutable_tls12_certificate_verify()->set_handshake_messages(
        messages);
    return request;
  };
  const std::string own = PemToDer(SelfSignedTestCert(key.pem));
  const std::string others =
      PemToDer(SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256, 9)));
  ExpectInvalid(with(""), "");
  ExpectInvalid(with("any bytes"), "");
  ExpectInvalid(with(MakeTestTranscript(others).Encode()), "");
  ExpectInvalid(with(MakeTestTranscript(own).Encode() + "x"), "");
  EXPECT_THAT(client_->Sign(with(MakeTestTranscript(own).Encode())), IsOk());
}

TEST_F(SignRefusalsContractTest, DigestsAndMessagesThatAreNone) {
  ServeOracle();
  v1::SignRequest request = RequestFor(ec_, kP256);
  request.mutable_digest()->set_value(std::string(32, 'd'));
  ExpectInvalid(request, "hash");
  request.mutable_digest()->set_hash(v1::HASH_SHA384);
  ExpectInvalid(request, "digest");
  request.mutable_digest()->set_value(std::string(48, 'd'));
  ExpectRefused(request, absl::StatusCode::kInvalidArgument,
                ErrorReason::kSchemeDoesNotFitKey);
  request =
      RequestFor(PublicKeyOf(TestKeyKind::kEd25519), SignatureScheme::kEd25519);
  request.mutable_digest()->set_hash(v1::HASH_SHA512);
  request.mutable_digest()->set_value(std::string(64, 'd'));
  ExpectRefused(request, absl::StatusCode::kInvalidArgument,
                ErrorReason::kSchemeDoesNotFitKey);
  request = RequestFor(ec_, kP256);
  request.set_message(std::string(65537, 'm'));
  ExpectRefused(request, absl::StatusCode::kResourceExhausted,
                ErrorReason::kFrameTooLarge);
  // Into a stream's frame it would not go.
  request.set_message(std::string(size_t{1} << 20, 'm'));
  ExpectRefusal(SignOnce(request), absl::StatusCode::kResourceExhausted,
                ErrorReason::kFrameTooLarge, "");
  const auto response = client_->Sign(request);
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kResourceExhausted,
                                 HasSubstr("a frame of the service holds")));
  EXPECT_THAT(GetReason(response.status()),
              Optional(ErrorReason::kFrameTooLarge));
}

TEST_F(SignRefusalsContractTest, FormsThatPolicyOrThisVersionDoesNotBuild) {
  ServeOne();
  v1::SignRequest request = RequestFor(ec_, kP256);
  request.mutable_csr()->add_dns_names("www.example.org");
  ExpectRefused(request, absl::StatusCode::kPermissionDenied,
                ErrorReason::kUsageNotAllowed);
  request.mutable_self_signed_certificate()->add_dns_names("www.example.org");
  ExpectRefused(request, absl::StatusCode::kPermissionDenied,
                ErrorReason::kUsageNotAllowed);
  request.mutable_delegated_credential()->set_role(v1::ROLE_SERVER);
  ExpectRefused(request, absl::StatusCode::kInvalidArgument,
                ErrorReason::kInputNotAccepted);
}

TEST_F(SignRefusalsContractTest, ClientOfAnotherCa) {
  ServeOne();
  SignerClientOptions options = signer_->ClientOptions();
  options.tls = signer_->pki().IssueStranger(kWebIdentity);
  auto stranger = SignerClient::Create(options);
  ASSERT_THAT(stranger, IsOk());
  EXPECT_THAT((*stranger)->Sign(Tls13RequestFor(ec_, kP256),
                                absl::Now() + absl::Milliseconds(300)),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace keyhold
