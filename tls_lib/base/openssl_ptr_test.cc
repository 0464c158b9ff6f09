#include "tls_lib/base/openssl_ptr.h"

#include "gtest/gtest.h"
#include "openssl/obj_mac.h"

namespace keyhold {
namespace {

// Under the address sanitizer this fails if a pointer frees too little, too
// much or with the wrong function.
TEST(OpensslPtrTest, OwnsWhatItHolds) {
  BioPtr bio(BIO_push(BIO_new(BIO_f_base64()), BIO_new(BIO_s_mem())));
  BignumPtr number(BN_secure_new());
  BnCtxPtr numbers(BN_CTX_new());
  EcGroupPtr group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  EcPointPtr point(EC_POINT_new(group.get()));
  EvpMdCtxPtr digest(EVP_MD_CTX_new());
  EvpMdPtr md(EVP_MD_fetch(nullptr, "SHA2-256", nullptr));
  EvpPkeyPtr key(EVP_EC_gen("P-256"));
  EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(key.get(), nullptr));
  GeneralNamesPtr names(GENERAL_NAMES_new());
  LibCtxPtr library(OSSL_LIB_CTX_new());
  ProviderPtr provider(OSSL_PROVIDER_load(library.get(), "default"));
  OpensslBytesPtr bytes(static_cast<unsigned char*>(OPENSSL_malloc(4)));
  Pkcs8Ptr pkcs8(EVP_PKEY2PKCS8(key.get()));
  SslCtxPtr tls_context(SSL_CTX_new(TLS_method()));
  SslPtr tls(SSL_new(tls_context.get()));
  X509Ptr certificate(X509_new());
  X509StackPtr chain(sk_X509_new_null());
  ASSERT_GT(sk_X509_push(chain.get(), X509_new()), 0);
  EXPECT_TRUE(bio && number && numbers && group && point && digest && md &&
              key && context && names && library && provider && bytes &&
              pkcs8 && tls_context && tls && certificate && chain);
}

}  // namespace
}  // namespace keyhold
