// Owning pointers for OpenSSL objects. The only way in which the project
// holds one.
#ifndef KEYHOLD_TLS_LIB_BASE_OPENSSL_PTR_H_
#define KEYHOLD_TLS_LIB_BASE_OPENSSL_PTR_H_

#include <memory>

#include "openssl/bio.h"
#include "openssl/bn.h"
#include "openssl/crypto.h"
#include "openssl/ec.h"
#include "openssl/evp.h"
#include "openssl/provider.h"
#include "openssl/rsa.h"
#include "openssl/ssl.h"
#include "openssl/x509.h"
#include "openssl/x509v3.h"

namespace keyhold {

template <auto kFree>
struct OpensslDelete {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

inline void FreeX509Stack(STACK_OF(X509) * stack) {
  sk_X509_pop_free(stack, X509_free);
}

inline void FreeGeneralNames(GENERAL_NAMES* names) {
  GENERAL_NAMES_free(names);
}

inline void FreeOpensslBytes(void* bytes) { OPENSSL_free(bytes); }

using BioPtr = std::unique_ptr<BIO, OpensslDelete<BIO_free_all>>;
using BignumPtr = std::unique_ptr<BIGNUM, OpensslDelete<BN_clear_free>>;
using BnCtxPtr = std::unique_ptr<BN_CTX, OpensslDelete<BN_CTX_free>>;
using EcGroupPtr = std::unique_ptr<EC_GROUP, OpensslDelete<EC_GROUP_free>>;
using EcPointPtr = std::unique_ptr<EC_POINT, OpensslDelete<EC_POINT_free>>;
using EvpMdCtxPtr = std::unique_ptr<EVP_MD_CTX, OpensslDelete<EVP_MD_CTX_free>>;
using EvpMdPtr = std::unique_ptr<EVP_MD, OpensslDelete<EVP_MD_free>>;
using EvpPkeyPtr = std::unique_ptr<EVP_PKEY, OpensslDelete<EVP_PKEY_free>>;
using EvpPkeyCtxPtr =
    std::unique_ptr<EVP_PKEY_CTX, OpensslDelete<EVP_PKEY_CTX_free>>;
using GeneralNamesPtr =
    std::unique_ptr<GENERAL_NAMES, OpensslDelete<FreeGeneralNames>>;
using LibCtxPtr =
    std::unique_ptr<OSSL_LIB_CTX, OpensslDelete<OSSL_LIB_CTX_free>>;
using OpensslBytesPtr =
    std::unique_ptr<unsigned char, OpensslDelete<FreeOpensslBytes>>;
using Pkcs8Ptr = std::unique_ptr<PKCS8_PRIV_KEY_INFO,
                                 OpensslDelete<PKCS8_PRIV_KEY_INFO_free>>;
using ProviderPtr =
    std::unique_ptr<OSSL_PROVIDER, OpensslDelete<OSSL_PROVIDER_unload>>;
using SslCtxPtr = std::unique_ptr<SSL_CTX, OpensslDelete<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, OpensslDelete<SSL_free>>;
using X509Ptr = std::unique_ptr<X509, OpensslDelete<X509_free>>;
using X509StackPtr =
    std::unique_ptr<STACK_OF(X509), OpensslDelete<FreeX509Stack>>;

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_BASE_OPENSSL_PTR_H_
