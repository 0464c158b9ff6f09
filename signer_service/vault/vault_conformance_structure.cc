// Nothing of another protocol is signed by a key that is for TLS only, whatever
// the front, which may have been taken over, asks for.
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "openssl/sha.h"
#include "signer_service/core/foreign_content.h"
#include "signer_service/vault/vault_conformance.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;

constexpr SignatureScheme kScheme = SignatureScheme::kEcdsaSecp256r1Sha256;

std::string Sha256(absl::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         digest);
  return std::string(reinterpret_cast<char*>(digest), sizeof(digest));
}

UsageSet ServerForms() { return UsageSet::TlsFormsOf(signer::v1::ROLE_SERVER); }

TEST_P(VaultConformanceTest, NothingOfOtherProtocolsIsSigned) {
  std::vector<KeyFile> files;
  files.push_back(TestKeyFile("www", TestKeyPem(TestKeyKind::kP256)));
  files.back().usage_ceiling = ServerForms();
  ASSERT_THAT(vault_->ReplaceKeys(std::move(files))[0].status, IsOk());
  const PublicKey key = TestPublicKey(TestKeyKind::kP256);
  for (const ForeignContent& content : AllForeignContent()) {
    for (const SignRequest& request : RequestsFor(content, key.spki_sha256())) {
      const absl::Status status = SignOne(*vault_, request).status();
      EXPECT_THAT(status.code(),
                  testing::AnyOf(absl::StatusCode::kPermissionDenied,
                                 absl::StatusCode::kInvalidArgument))
          << content.name << " as " << request.input_case() << ": " << status;
    }
  }
}

// What can be asked for is signed with the service's context before it: it is
// no signature over the hash's content.
TEST_P(VaultConformanceTest, AHashOfOtherContentIsSignedAsATranscriptOnly) {
  std::vector<KeyFile> files;
  files.push_back(TestKeyFile("www", TestKeyPem(TestKeyKind::kP256)));
  files.back().usage_ceiling = ServerForms();
  ASSERT_THAT(vault_->ReplaceKeys(std::move(files))[0].status, IsOk());
  const PublicKey key = TestPublicKey(TestKeyKind::kP256);
  for (const ForeignContent& content : AllForeignContent()) {
    SignRequest request = Tls13Request(key, kScheme, signer::v1::ROLE_SERVER);
    request.mutable_tls13_certificate_verify()->set_transcript_hash(
        Sha256(content.bytes));
    const absl::StatusOr<std::string> signature = SignOne(*vault_, request);
    ASSERT_THAT(signature, IsOk());
    EXPECT_FALSE(key.Verify(kScheme, content.bytes, *signature).ok())
        << content.name;
    EXPECT_FALSE(
        key.VerifyDigest(kScheme, Sha256(content.bytes), *signature).ok())
        << content.name;
  }
}

TEST_P(VaultConformanceTest, TheOtherRoleIsBeyondTheCeiling) {
  for (const auto& [own, other] :
       {std::pair(signer::v1::ROLE_SERVER, signer::v1::ROLE_CLIENT),
        std::pair(signer::v1::ROLE_CLIENT, signer::v1::ROLE_SERVER)}) {
    std::vector<KeyFile> files;
    files.push_back(TestKeyFile("www", TestKeyPem(TestKeyKind::kP256)));
    files.back().usage_ceiling = UsageSet::TlsFormsOf(own);
    ASSERT_THAT(vault_->ReplaceKeys(std::move(files))[0].status, IsOk());
    const PublicKey key = TestPublicKey(TestKeyKind::kP256);
    EXPECT_THAT(SignOne(*vault_, Tls13Request(key, kScheme, own)), IsOk());
    const absl::Status status =
        SignOne(*vault_, Tls13Request(key, kScheme, other)).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied));
    EXPECT_EQ(GetReason(status), ErrorReason::kUsageNotAllowed);
  }
}

}  // namespace
}  // namespace keyhold
