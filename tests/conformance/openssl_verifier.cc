#include "tests/conformance/openssl_verifier.h"

#include "openssl/err.h"
#include "openssl/evp.h"
#include "openssl/x509.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {
namespace {

const uint8_t* Bytes(const std::string& bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

// RFC 8446 §4.2.3, read anew.
const char* DigestOf(SignatureScheme scheme) {
  switch (scheme) {
    case SignatureScheme::kRsaPkcs1Sha256:
    case SignatureScheme::kEcdsaSecp256r1Sha256:
    case SignatureScheme::kRsaPssRsaeSha256:
    case SignatureScheme::kRsaPssPssSha256:
      return "SHA256";
    case SignatureScheme::kRsaPkcs1Sha384:
    case SignatureScheme::kEcdsaSecp384r1Sha384:
    case SignatureScheme::kRsaPssRsaeSha384:
    case SignatureScheme::kRsaPssPssSha384:
      return "SHA384";
    case SignatureScheme::kRsaPkcs1Sha512:
    case SignatureScheme::kEcdsaSecp521r1Sha512:
    case SignatureScheme::kRsaPssRsaeSha512:
    case SignatureScheme::kRsaPssPssSha512:
      return "SHA512";
    case SignatureScheme::kEd25519:
    case SignatureScheme::kEd448:
      return nullptr;
  }
  return "unknown";
}

bool IsPss(SignatureScheme scheme) {
  const auto point = static_cast<uint16_t>(scheme);
  return point >= 0x0804 && point <= 0x080b && DigestOf(scheme) != nullptr;
}

}  // namespace

testing::AssertionResult VerifiesWithOpenssl(const std::string& spki,
                                             SignatureScheme scheme,
                                             const std::string& message,
                                             const std::string& signature) {
  const uint8_t* position = Bytes(spki);
  EvpPkeyPtr key(
      d2i_PUBKEY(nullptr, &position, static_cast<int64_t>(spki.size())));
  EvpMdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  if (key == nullptr ||
      EVP_DigestVerifyInit_ex(context.get(), &key_context, DigestOf(scheme),
                              nullptr, nullptr, key.get(), nullptr) != 1) {
    return testing::AssertionFailure() << "no verification can be set up";
  }
  if (IsPss(scheme) &&
      (EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) <= 0 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) <=
           0)) {
    return testing::AssertionFailure() << "PSS cannot be set up";
  }
  if (EVP_DigestVerify(context.get(), Bytes(signature), signature.size(),
                       Bytes(message), message.size()) != 1) {
    ERR_clear_error();
    return testing::AssertionFailure()
           << "the signature does not verify with " << SchemeName(scheme);
  }
  return testing::AssertionSuccess();
}

}  // namespace keyhold
