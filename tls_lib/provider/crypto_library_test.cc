#include "tls_lib/provider/crypto_library.h"

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/core_names.h"
#include "openssl/err.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/provider/fake_key_reference.h"

namespace keyhold::provider {
namespace {

using testing::HasSubstr;

const char* DigestName(const SchemeInfo& scheme) {
  switch (scheme.hash) {
    case HashAlgorithm::kNone:
      return nullptr;
    case HashAlgorithm::kSha256:
      return "SHA256";
    case HashAlgorithm::kSha384:
      return "SHA384";
    case HashAlgorithm::kSha512:
      return "SHA512";
  }
  return nullptr;
}

// Starts a signature in the way of libssl.
bool StartSignature(EVP_MD_CTX* context, EVP_PKEY* key,
                    const SchemeInfo& scheme) {
  EVP_PKEY_CTX* key_context = nullptr;
  if (EVP_DigestSignInit_ex(context, &key_context, DigestName(scheme),
                            CryptoLibrary().value(), nullptr, key,
                            nullptr) != 1) {
    return false;
  }
  if (scheme.algorithm != SignatureAlgorithm::kRsaPss) return true;
  return EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) > 0 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) >
             0;
}

// A public key as a stranger would have it: of the default provider.
EvpPkeyPtr PublicKeyOf(TestKeyKind kind, int index = 0) {
  std::string spki = TestKeySpki(kind, index);
  auto bytes = reinterpret_cast<const unsigned char*>(spki.data());
  return EvpPkeyPtr(d2i_PUBKEY_ex(nullptr, &bytes, spki.size(),
                                  CryptoLibrary().value(), nullptr));
}

class RemoteKeyTest : public testing::TestWithParam<TestKeyKind> {
 protected:
  std::shared_ptr<FakeKeyReference> reference_ =
      FakeKeyReference::Create(GetParam());
  EvpPkeyPtr key_ = MakeRemoteKey(reference_).value();
};

TEST_P(RemoteKeyTest, SignsEverySchemeInOneCall) {
  const PublicKey& key = reference_->public_half().key();
  int schemes = 0;
  for (const SchemeInfo& scheme : AllSchemes()) {
    if (!key.CanMake(scheme.scheme, TlsVersion::kTls12)) continue;
    ++schemes;
    EvpMdCtxPtr context(EVP_MD_CTX_new());
    ASSERT_TRUE(StartSignature(context.get(), key_.get(), scheme))
        << scheme.name << ": " << TakeOpensslErrors();
    const std::string message = "to be signed";
    auto data = reinterpret_cast<const unsigned char*>(message.data());
    const int calls_before = reference_->calls();
    size_t size = 0;
    ASSERT_EQ(
        EVP_DigestSign(context.get(), nullptr, &size, data, message.size()), 1);
    EXPECT_EQ(reference_->calls(), calls_before) << "asking the size is free";
    EXPECT_EQ(size, key.max_signature_size());
    std::string signature(size, 0);
    ASSERT_EQ(EVP_DigestSign(context.get(),
                             reinterpret_cast<unsigned char*>(signature.data()),
                             &size, data, message.size()),
              1)
        << scheme.name << ": " << TakeOpensslErrors();
    signature.resize(size);
    EXPECT_EQ(reference_->calls(), calls_before + 1);
    EXPECT_THAT(key.Verify(scheme.scheme, message, signature), IsOk())
        << scheme.name;
  }
  EXPECT_GT(schemes, 0);
}

TEST_P(RemoteKeyTest, SignsInParts) {
  const PublicKey& key = reference_->public_half().key();
  for (const SchemeInfo& scheme : AllSchemes()) {
    if (!key.CanMake(scheme.scheme, TlsVersion::kTls12)) continue;
    if (scheme.algorithm == SignatureAlgorithm::kEddsa) continue;
    EvpMdCtxPtr context(EVP_MD_CTX_new());
    ASSERT_TRUE(StartSignature(context.get(), key_.get(), scheme));
    ASSERT_EQ(EVP_DigestSignUpdate(context.get(), "to be ", 6), 1);
    ASSERT_EQ(EVP_DigestSignUpdate(context.get(), "signed", 6), 1);
    size_t size = 0;
    ASSERT_EQ(EVP_DigestSignFinal(context.get(), nullptr, &size), 1);
    std::string signature(size, 0);
    ASSERT_EQ(EVP_DigestSignFinal(
                  context.get(),
                  reinterpret_cast<unsigned char*>(signature.data()), &size),
              1)
        << TakeOpensslErrors();
    signature.resize(size);
    EXPECT_THAT(key.Verify(scheme.scheme, "to be signed", signature), IsOk())
        << scheme.name;
  }
}

TEST_P(RemoteKeyTest, EqualsItsPublicHalfAndNoOther) {
  EXPECT_EQ(EVP_PKEY_eq(PublicKeyOf(GetParam()).get(), key_.get()), 1);
  EXPECT_EQ(EVP_PKEY_eq(key_.get(), PublicKeyOf(GetParam()).get()), 1);
  EXPECT_EQ(EVP_PKEY_eq(PublicKeyOf(GetParam(), 1).get(), key_.get()), 0);
}

TEST_P(RemoteKeyTest, AnswersAsThePublicHalfDoes) {
  EvpPkeyPtr plain = PublicKeyOf(GetParam());
  EXPECT_EQ(EVP_PKEY_get_id(key_.get()), EVP_PKEY_get_id(plain.get()));
  EXPECT_EQ(EVP_PKEY_get_bits(key_.get()), EVP_PKEY_get_bits(plain.get()));
  EXPECT_EQ(EVP_PKEY_get_security_bits(key_.get()),
            EVP_PKEY_get_security_bits(plain.get()));
  EXPECT_EQ(EVP_PKEY_get_size(key_.get()), EVP_PKEY_get_size(plain.get()));
  char group[64] = "";
  char plain_group[64] = "";
  EXPECT_EQ(EVP_PKEY_get_group_name(key_.get(), group, sizeof(group), nullptr),
            EVP_PKEY_get_group_name(plain.get(), plain_group,
                                    sizeof(plain_group), nullptr));
  EXPECT_STREQ(group, plain_group);
}

TEST_P(RemoteKeyTest, PublicHalfCanBeWritten) {
  unsigned char* der = nullptr;
  int size = i2d_PUBKEY(key_.get(), &der);
  OpensslBytesPtr owner(der);
  ASSERT_GT(size, 0) << TakeOpensslErrors();
  EXPECT_EQ(std::string(reinterpret_cast<char*>(der), size),
            TestKeySpki(GetParam()));
}

TEST_P(RemoteKeyTest, PrivateHalfCannotBeExported) {
  OSSL_PARAM* params = nullptr;
  EXPECT_EQ(EVP_PKEY_todata(key_.get(), EVP_PKEY_KEYPAIR, &params), 0);
  EXPECT_THAT(TakeOpensslErrors(), HasSubstr("the private half of this key is "
                                             "on the signer"));
  unsigned char* der = nullptr;
  EXPECT_LE(i2d_PrivateKey(key_.get(), &der), 0);
  ERR_clear_error();
}

TEST_P(RemoteKeyTest, ErrorOfTheSignerFailsTheSignature) {
  reference_->FailWith(absl::UnavailableError("the signer is away"));
  const PublicKey& key = reference_->public_half().key();
  const SchemeInfo& scheme = *FindScheme(key.DefaultPreferences().front());
  EvpMdCtxPtr context(EVP_MD_CTX_new());
  ASSERT_TRUE(StartSignature(context.get(), key_.get(), scheme));
  unsigned char signature[1024];
  size_t size = sizeof(signature);
  EXPECT_EQ(EVP_DigestSign(context.get(), signature, &size,
                           reinterpret_cast<const unsigned char*>("m"), 1),
            0);
  EXPECT_THAT(TakeOpensslErrors(),
              HasSubstr("keyhold::signer is away (the signer is away)"));
}

TEST_P(RemoteKeyTest, RefusesSha1) {
  EvpMdCtxPtr context(EVP_MD_CTX_new());
  EXPECT_NE(EVP_DigestSignInit_ex(context.get(), nullptr, "SHA1",
                                  CryptoLibrary().value(), nullptr, key_.get(),
                                  nullptr),
            1);
  EXPECT_THAT(TakeOpensslErrors(),
              HasSubstr("no signature scheme uses the digest SHA1"));
}

// Every type; larger RSA keys only take time.
INSTANTIATE_TEST_SUITE_P(
    Kinds, RemoteKeyTest,
    testing::Values(TestKeyKind::kRsa2048, TestKeyKind::kRsaPss2048,
                    TestKeyKind::kRsaPss2048Sha256, TestKeyKind::kP256,
                    TestKeyKind::kP384, TestKeyKind::kP521,
                    TestKeyKind::kEd25519, TestKeyKind::kEd448),
    [](const auto& info) { return std::string(TestKeyKindName(info.param)); });

TEST(CryptoLibraryTest, IsOnePrivateContext) {
  absl::StatusOr<OSSL_LIB_CTX*> library = CryptoLibrary();
  ASSERT_THAT(library, IsOk());
  EXPECT_EQ(*library, *CryptoLibrary());
  EXPECT_EQ(OSSL_PROVIDER_available(*library, "keyhold"), 1);
  EXPECT_EQ(OSSL_PROVIDER_available(*library, "default"), 1);
  EXPECT_EQ(OSSL_PROVIDER_available(nullptr, "keyhold"), 0);
}

TEST(CryptoLibraryTest, ReferenceDiesWithTheKey) {
  std::shared_ptr<FakeKeyReference> reference =
      FakeKeyReference::Create(TestKeyKind::kP256);
  std::weak_ptr<FakeKeyReference> observer = reference;
  EvpPkeyPtr key = MakeRemoteKey(std::move(reference)).value();
  EXPECT_FALSE(observer.expired());
  key.reset();
  EXPECT_TRUE(observer.expired());
}

}  // namespace
}  // namespace keyhold::provider
