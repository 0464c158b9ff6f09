#include "signer_service/vault/algorithm_identifier.h"

#include <string>

#include "gtest/gtest.h"
#include "openssl/objects.h"
#include "openssl/x509.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {
namespace {

// As OpenSSL names the algorithm.
std::string NameOf(SignatureScheme scheme) {
  const std::string der = AlgorithmIdentifier(scheme);
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  X509_ALGOR* algorithm =
      d2i_X509_ALGOR(nullptr, &bytes, static_cast<long>(der.size()));
  if (algorithm == nullptr) return "not DER";
  const ASN1_OBJECT* oid = nullptr;
  X509_ALGOR_get0(&oid, nullptr, nullptr, algorithm);
  const std::string name = OBJ_nid2sn(OBJ_obj2nid(oid));
  X509_ALGOR_free(algorithm);
  return name;
}

TEST(AlgorithmIdentifierTest, OpensslKnowsThem) {
  EXPECT_EQ(NameOf(SignatureScheme::kRsaPkcs1Sha256), "RSA-SHA256");
  EXPECT_EQ(NameOf(SignatureScheme::kRsaPkcs1Sha384), "RSA-SHA384");
  EXPECT_EQ(NameOf(SignatureScheme::kRsaPkcs1Sha512), "RSA-SHA512");
  EXPECT_EQ(NameOf(SignatureScheme::kEcdsaSecp256r1Sha256),
            "ecdsa-with-SHA256");
  EXPECT_EQ(NameOf(SignatureScheme::kEcdsaSecp384r1Sha384),
            "ecdsa-with-SHA384");
  EXPECT_EQ(NameOf(SignatureScheme::kEcdsaSecp521r1Sha512),
            "ecdsa-with-SHA512");
  EXPECT_EQ(NameOf(SignatureScheme::kEd25519), "ED25519");
  EXPECT_EQ(NameOf(SignatureScheme::kEd448), "ED448");
  for (const SignatureScheme pss :
       {SignatureScheme::kRsaPssRsaeSha256, SignatureScheme::kRsaPssRsaeSha384,
        SignatureScheme::kRsaPssPssSha512}) {
    EXPECT_EQ(NameOf(pss), "RSASSA-PSS");
  }
}

}  // namespace
}  // namespace keyhold
