// What a vault does not sign, and how it says so.
#include <functional>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "signer_service/vault/vault_conformance.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using ::testing::HasSubstr;

constexpr SignatureScheme kP256Sha256 = SignatureScheme::kEcdsaSecp256r1Sha256;

class Refusals {
 public:
  explicit Refusals(Vault& vault) : vault_(vault) {}

  void Hold(TestKeyKind kind, UsageSet ceiling = AllUsages()) {
    std::vector<KeyFile> files;
    files.push_back(TestKeyFile("www", TestKeyPem(kind)));
    files.back().usage_ceiling = ceiling;
    ASSERT_THAT(vault_.ReplaceKeys(std::move(files))[0].status, IsOk());
  }

  void Expect(const SignRequest& request, absl::StatusCode code,
              ErrorReason reason, const std::string& text) {
    absl::Status status = SignOne(vault_, request).status();
    EXPECT_THAT(status, StatusIs(code, HasSubstr(text)));
    EXPECT_EQ(GetReason(status), reason) << status;
  }

  void ExpectInvalid(const SignRequest& request, const std::string& text) {
    Expect(request, absl::StatusCode::kInvalidArgument,
           ErrorReason::kInvalidRequest, text);
  }

  void ExpectNoFit(const SignRequest& request, const std::string& text) {
    Expect(request, absl::StatusCode::kInvalidArgument,
           ErrorReason::kSchemeDoesNotFitKey, text);
  }

 private:
  Vault& vault_;
};

TEST_P(VaultConformanceTest, UnknownKeyIsNotFound) {
  Refusals refusals(*vault_);
  refusals.Hold(TestKeyKind::kP256);
  const PublicKey other = TestPublicKey(TestKeyKind::kP256, 1);
  refusals.Expect(MessageRequest(other, kP256Sha256, "m"),
                  absl::StatusCode::kNotFound, ErrorReason::kKeyNotFound,
                  "no key with SHA-256 of its SubjectPublicKeyInfo");
}

TEST_P(VaultConformanceTest, KeyNameOfAnotherLengthIsInvalid) {
  Refusals refusals(*vault_);
  refusals.Hold(TestKeyKind::kP256);
  SignRequest request =
      MessageRequest(TestPublicKey(TestKeyKind::kP256), kP256Sha256, "m");
  request.set_spki_sha256("short");
  refusals.ExpectInvalid(request, "spki_sha256: expected 32 bytes, got 5");
}

TEST_P(VaultConformanceTest, UsageOutsideTheCeilingIsDenied) {
  Refusals refusals(*vault_);
  const PublicKey key = TestPublicKey(TestKeyKind::kP256);
  const std::string certificate =
      PemToDer(SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256)));
  const std::pair<signer::v1::Usage, SignRequest> kRequests[] = {
      {signer::v1::USAGE_TLS13_SERVER,
       Tls13Request(key, kP256Sha256, signer::v1::ROLE_SERVER)},
      {signer::v1::USAGE_TLS13_CLIENT,
       Tls13Request(key, kP256Sha256, signer::v1::ROLE_CLIENT)},
      {signer::v1::USAGE_TLS12_SERVER, Tls12ServerRequest(key, kP256Sha256)},
      {signer::v1::USAGE_TLS12_CLIENT,
       Tls12ClientRequest(key, kP256Sha256, certificate)},
      {signer::v1::USAGE_MESSAGE, MessageRequest(key, kP256Sha256, "m")},
      {signer::v1::USAGE_DIGEST,
       DigestRequest(key, kP256Sha256, signer::v1::HASH_SHA256,
                     std::string(32, 'd'))},
  };
  for (const auto& allowed : kRequests) {
    UsageSet ceiling;
    ceiling.Insert(allowed.first);
    refusals.Hold(TestKeyKind::kP256, ceiling);
    for (const auto& asked : kRequests) {
      if (asked.first == allowed.first) {
        EXPECT_THAT(SignOne(*vault_, asked.second), IsOk());
      } else {
        refusals.Expect(
            asked.second, absl::StatusCode::kPermissionDenied,
            ErrorReason::kUsageNotAllowed,
            "no rule allows " + UsageName(asked.first) + " for key www");
      }
    }
  }
}

TEST_P(VaultConformanceTest, PassedDeadlineIsNotSigned) {
  Refusals refusals(*vault_);
  refusals.Hold(TestKeyKind::kP256);
  std::vector<SignJob> jobs(2);
  for (SignJob& job : jobs) {
    job.request =
        MessageRequest(TestPublicKey(TestKeyKind::kP256), kP256Sha256, "m");
  }
  jobs[0].hop.deadline = absl::Now() - absl::Milliseconds(1);
  jobs[1].hop.deadline = absl::Now() + absl::Hours(1);
  std::vector<absl::StatusOr<std::string>> results =
      SignAll(*vault_, std::move(jobs));
  EXPECT_THAT(results[0], StatusIs(absl::StatusCode::kDeadlineExceeded,
                                   HasSubstr("not signed")));
  EXPECT_EQ(GetReason(results[0].status()), ErrorReason::kDeadlinePassed);
  EXPECT_THAT(results[1], IsOk());
}

TEST_P(VaultConformanceTest, MissingInputAndRoleAreInvalid) {
  Refusals refusals(*vault_);
  refusals.Hold(TestKeyKind::kP256);
  SignRequest request = Tls13Request(TestPublicKey(TestKeyKind::kP256),
                                     kP256Sha256, signer::v1::ROLE_SERVER);
  request.mutable_tls13_certificate_verify()->clear_role();
  refusals.ExpectInvalid(request,
                         "tls13_certificate_verify.role: expected ROLE_SERVER "
                         "or ROLE_CLIENT, got 0");
  request.clear_input();
  refusals.ExpectInvalid(request, "input: missing");
}

TEST_P(VaultConformanceTest, MalformedTls13InputIsInvalid) {
  Refusals refusals(*vault_);
  refusals.Hold(TestKeyKind::kP256);
  SignRequest request = Tls13Request(TestPublicKey(TestKeyKind::kP256),
                                     kP256Sha256, signer::v1::ROLE_SERVER);
  for (size_t size : {0, 31, 33, 47, 49, 64}) {
    request.mutable_tls13_certificate_verify()->set_transcript_hash(
        std::string(size, 'h'));
    refusals.ExpectInvalid(request, "tls13_certificate_verify.transcript_hash");
  }
}

TEST_P(VaultConformanceTest, MalformedTls12ServerInputIsInvalid) {
  Refusals refusals(*vault_);
  refusals.Hold(TestKeyKind::kP256);
  using Form = signer::v1::Tls12ServerKeyExchange;
  const struct {
    std::function<void(Form&)> spoil;
    std::string text;
  } kCases[] = {
      {[](Form& f) { f.set_client_random("short"); }, "client_random"},
      {[](Form& f) { f.set_server_random(std::string(33, 's')); },
       "server_random"},
      {[](Form& f) { f.set_curve(22); }, "curve"},
      {[](Form& f) { f.set_curve(65536 + 23); }, "curve"},
      {[](Form& f) { f.mutable_public_point()->pop_back(); }, "public_point"},
      {[](Form& f) { f.mutable_public_point()->back() ^= 1; }, "public_point"},
      {[](Form& f) { f.set_curve(29); }, "public_point"},
  };
  for (const auto& c : kCases) {
    SignRequest request =
        Tls12ServerRequest(TestPublicKey(TestKeyKind::kP256), kP256Sha256);
    c.spoil(*request.mutable_tls12_server_key_exchange());
    refusals.ExpectInvalid(request, "tls12_server_key_exchange." + c.text);
  }
}

TEST_P(VaultConformanceTest, TranscriptWithAnotherKeysCertificateIsInvalid) {
  Refusals refusals(*vault_);
  refusals.Hold(TestKeyKind::kP256);
  const PublicKey key = TestPublicKey(TestKeyKind::kP256);
  const std::string other =
      PemToDer(SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256, 1)));
  refusals.ExpectInvalid(
      Tls12ClientRequest(key, kP256Sha256, other),
      "tls12_certificate_verify.handshake_messages: the client's Certificate "
      "is for another key");
  SignRequest request = Tls12ClientRequest(key, kP256Sha256, other);
  request.mutable_tls12_certificate_verify()->set_handshake_messages(
      std::string(65537, 'h'));
  refusals.ExpectInvalid(request, "handshake_messages has 65537 bytes");
}

TEST_P(VaultConformanceTest, MalformedDigestIsInvalid) {
  Refusals refusals(*vault_);
  refusals.Hold(TestKeyKind::kP256);
  const PublicKey key = TestPublicKey(TestKeyKind::kP256);
  refusals.ExpectInvalid(
      DigestRequest(key, kP256Sha256, signer::v1::HASH_SHA256,
                    std::string(31, 'd')),
      "digest.value: expected 32 bytes, got 31");
  refusals.ExpectInvalid(
      DigestRequest(key, kP256Sha256, signer::v1::HASH_UNSPECIFIED,
                    std::string(32, 'd')),
      "digest.hash: expected HASH_SHA256, HASH_SHA384 or "
      "HASH_SHA512, got 0");
  refusals.ExpectNoFit(DigestRequest(key, kP256Sha256, signer::v1::HASH_SHA384,
                                     std::string(48, 'd')),
                       "for a digest by SHA-384: its hash is SHA-256");
}

TEST_P(VaultConformanceTest, EddsaSignsNoDigest) {
  Refusals refusals(*vault_);
  refusals.Hold(TestKeyKind::kEd25519);
  refusals.ExpectNoFit(
      DigestRequest(TestPublicKey(TestKeyKind::kEd25519),
                    SignatureScheme::kEd25519, signer::v1::HASH_SHA512,
                    std::string(64, 'd')),
      "for a digest: it signs messages only");
}

TEST_P(VaultConformanceTest, OneMebibyteMessageIsInvalid) {
  Refusals refusals(*vault_);
  refusals.Hold(TestKeyKind::kP256);
  refusals.ExpectInvalid(MessageRequest(TestPublicKey(TestKeyKind::kP256),
                                        kP256Sha256, std::string(1 << 20, 'm')),
                         "message: expected at most 65536 bytes, got 1048576");
}

TEST_P(VaultConformanceTest, SchemeMustBeThereAndKnownAndFit) {
  Refusals refusals(*vault_);
  refusals.Hold(TestKeyKind::kP256);
  SignRequest request =
      MessageRequest(TestPublicKey(TestKeyKind::kP256), kP256Sha256, "m");
  request.set_scheme(0);
  refusals.ExpectInvalid(request, "scheme: expected a code point");
  request.set_scheme(0x10403);
  refusals.ExpectInvalid(request, "got 0x10403");
  request.set_scheme(0x0a0a);
  refusals.ExpectInvalid(request, "scheme: 0x0a0a is not known here");
  request.set_scheme(0x0804);
  refusals.ExpectNoFit(request,
                       "rsa_pss_rsae_sha256 does not fit this P-256 key");
}

TEST_P(VaultConformanceTest, Tls13FixesTheCurveAndForbidsPkcs1) {
  Refusals refusals(*vault_);
  refusals.Hold(TestKeyKind::kP384);
  const PublicKey p384 = TestPublicKey(TestKeyKind::kP384);
  refusals.ExpectNoFit(Tls13Request(p384, kP256Sha256, signer::v1::ROLE_SERVER),
                       "in TLS 1.3");
  // RFC 8446 §4.2.3: in TLS 1.2 the scheme fixes only the hash.
  EXPECT_THAT(SignOne(*vault_, Tls12ServerRequest(p384, kP256Sha256)), IsOk());

  refusals.Hold(TestKeyKind::kRsa2048);
  const PublicKey rsa = TestPublicKey(TestKeyKind::kRsa2048);
  refusals.ExpectNoFit(Tls13Request(rsa, SignatureScheme::kRsaPkcs1Sha256,
                                    signer::v1::ROLE_SERVER),
                       "in TLS 1.3");
  EXPECT_THAT(SignOne(*vault_, Tls12ServerRequest(
                                   rsa, SignatureScheme::kRsaPkcs1Sha256)),
              IsOk());
}

TEST_P(VaultConformanceTest, AFormThatNobodyBuildsYetIsNotAccepted) {
  Refusals refusals(*vault_);
  refusals.Hold(TestKeyKind::kP256);
  SignRequest request =
      MessageRequest(TestPublicKey(TestKeyKind::kP256), kP256Sha256, "m");
  request.mutable_delegated_credential()->set_role(signer::v1::ROLE_SERVER);
  refusals.Expect(request, absl::StatusCode::kInvalidArgument,
                  ErrorReason::kInputNotAccepted,
                  "delegated_credential: this version of the signer does not "
                  "build it");
}

}  // namespace
}  // namespace keyhold
