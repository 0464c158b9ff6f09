#include "tls_lib/provider/signature_context.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/core_names.h"
#include "openssl/params.h"
#include "openssl/rsa.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/provider/fake_key_reference.h"

namespace keyhold::provider {
namespace {

using testing::HasSubstr;

OSSL_PARAM Text(const char* name, const char* value) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(value), 0);
}

absl::Status SetText(SignatureContext& context, const char* name,
                     const char* value) {
  const OSSL_PARAM params[] = {Text(name, value), OSSL_PARAM_END};
  return context.SetParams(params);
}

absl::Status SetInt(SignatureContext& context, const char* name, int value) {
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_int(name, &value),
                               OSSL_PARAM_END};
  return context.SetParams(params);
}

class SignatureContextTest : public testing::Test {
 protected:
  SignatureContext Started(TestKeyKind kind, const char* digest) {
    reference_ = FakeKeyReference::Create(kind);
    SignatureContext context;
    EXPECT_THAT(context.Init(reference_, digest), IsOk());
    return context;
  }

  std::shared_ptr<FakeKeyReference> reference_;
};

TEST_F(SignatureContextTest, DigestMayHaveAnyOfItsNames) {
  for (const char* digest : {"SHA384", "SHA2-384", "SHA-384", "sha384"}) {
    SignatureContext context = Started(TestKeyKind::kP256, digest);
    ASSERT_THAT(context.Sign("m"), IsOk());
    EXPECT_EQ(reference_->last_scheme(),
              SignatureScheme::kEcdsaSecp384r1Sha384);
  }
}

TEST_F(SignatureContextTest, RsaIsPkcs1UntilToldOtherwise) {
  SignatureContext context = Started(TestKeyKind::kRsa2048, "SHA256");
  ASSERT_THAT(context.Sign("m"), IsOk());
  EXPECT_EQ(reference_->last_scheme(), SignatureScheme::kRsaPkcs1Sha256);
  ASSERT_THAT(
      SetInt(context, OSSL_SIGNATURE_PARAM_PAD_MODE, RSA_PKCS1_PSS_PADDING),
      IsOk());
  ASSERT_THAT(SetText(context, OSSL_SIGNATURE_PARAM_PSS_SALTLEN, "digest"),
              IsOk());
  ASSERT_THAT(context.Sign("m"), IsOk());
  EXPECT_EQ(reference_->last_scheme(), SignatureScheme::kRsaPssRsaeSha256);
  ASSERT_THAT(SetText(context, OSSL_SIGNATURE_PARAM_PAD_MODE, "pkcs1"), IsOk());
  ASSERT_THAT(context.Sign("m"), IsOk());
  EXPECT_EQ(reference_->last_scheme(), SignatureScheme::kRsaPkcs1Sha256);
}

TEST_F(SignatureContextTest, PssKeysAlwaysMakePss) {
  SignatureContext context = Started(TestKeyKind::kRsaPss2048, "SHA512");
  ASSERT_THAT(context.Sign("m"), IsOk());
  EXPECT_EQ(reference_->last_scheme(), SignatureScheme::kRsaPssPssSha512);
  EXPECT_THAT(
      SetInt(context, OSSL_SIGNATURE_PARAM_PAD_MODE, RSA_PKCS1_PADDING),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("RSA padding 1 is not served; use pkcs1 or pss")));
}

TEST_F(SignatureContextTest, SaltMustBeAsLongAsTheDigest) {
  SignatureContext context = Started(TestKeyKind::kRsa2048, "SHA256");
  ASSERT_THAT(SetText(context, OSSL_SIGNATURE_PARAM_PAD_MODE, "pss"), IsOk());
  EXPECT_THAT(SetInt(context, OSSL_SIGNATURE_PARAM_PSS_SALTLEN, 32), IsOk());
  EXPECT_THAT(SetInt(context, OSSL_SIGNATURE_PARAM_PSS_SALTLEN, -1), IsOk());
  EXPECT_THAT(SetText(context, OSSL_SIGNATURE_PARAM_PSS_SALTLEN, "32"), IsOk());
  for (const char* salt : {"max", "auto", "20", "x"}) {
    EXPECT_THAT(SetText(context, OSSL_SIGNATURE_PARAM_PSS_SALTLEN, salt),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("as long as its digest")))
        << salt;
  }
}

TEST_F(SignatureContextTest, Mgf1HasTheSameDigest) {
  SignatureContext context = Started(TestKeyKind::kRsa2048, "SHA256");
  EXPECT_THAT(SetText(context, OSSL_SIGNATURE_PARAM_MGF1_DIGEST, "SHA256"),
              IsOk());
  EXPECT_THAT(SetText(context, OSSL_SIGNATURE_PARAM_MGF1_DIGEST, "SHA384"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(SignatureContextTest, OtherPaddingIsRefused) {
  SignatureContext context = Started(TestKeyKind::kRsa2048, "SHA256");
  for (const char* padding : {"none", "oaep", "x931"}) {
    EXPECT_THAT(
        SetText(context, OSSL_SIGNATURE_PARAM_PAD_MODE, padding),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(padding)));
  }
  EXPECT_THAT(SetInt(context, OSSL_SIGNATURE_PARAM_PAD_MODE, RSA_NO_PADDING),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(SignatureContextTest, DigestMustFitTheKey) {
  SignatureContext context;
  EXPECT_THAT(
      context.Init(FakeKeyReference::Create(TestKeyKind::kEd25519), "SHA256"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("a key of type Ed25519 makes no TLS signature with "
                         "the digest SHA-256")));
  EXPECT_THAT(
      SignatureContext().Init(FakeKeyReference::Create(TestKeyKind::kP256), ""),
      StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(
      context.Init(FakeKeyReference::Create(TestKeyKind::kP256), "MD5"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("the digest MD5; use SHA256, SHA384 or SHA512")));
}

TEST_F(SignatureContextTest, NotStartedIsAnError) {
  SignatureContext context;
  EXPECT_EQ(context.max_size(), 0u);
  EXPECT_THAT(context.Sign("m"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                          "the signature was not started"));
  EXPECT_THAT(context.Init(nullptr, "SHA256"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SignatureContextTest, CopiesGoOnByThemselves) {
  SignatureContext context = Started(TestKeyKind::kP256, "SHA256");
  context.Update("a");
  SignatureContext copy = context;
  copy.Update("b");
  absl::StatusOr<std::string> of_copy = copy.Finish();
  absl::StatusOr<std::string> of_original = context.Finish();
  ASSERT_THAT(of_copy, IsOk());
  ASSERT_THAT(of_original, IsOk());
  const PublicKey& key = reference_->public_half().key();
  EXPECT_THAT(
      key.Verify(SignatureScheme::kEcdsaSecp256r1Sha256, "ab", *of_copy),
      IsOk());
  EXPECT_THAT(
      key.Verify(SignatureScheme::kEcdsaSecp256r1Sha256, "a", *of_original),
      IsOk());
}

}  // namespace
}  // namespace keyhold::provider
