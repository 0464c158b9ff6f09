#include "tls_lib/provider/algorithm_identifier.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "openssl/x509.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold::provider {
namespace {

std::string IdentifierOf(SignatureScheme scheme) {
  return absl::BytesToHexString(
      SignatureAlgorithmIdentifier(*FindScheme(scheme)));
}

// Object identifiers that OpenSSL knows by name.
std::string NameOf(SignatureScheme scheme) {
  const std::string der = SignatureAlgorithmIdentifier(*FindScheme(scheme));
  auto data = reinterpret_cast<const unsigned char*>(der.data());
  X509_ALGOR* parsed =
      d2i_X509_ALGOR(nullptr, &data, static_cast<long>(der.size()));
  if (parsed == nullptr) return "(not DER)";
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, parsed);
  const std::string name = OBJ_nid2sn(OBJ_obj2nid(object));
  X509_ALGOR_free(parsed);
  return name;
}

TEST(AlgorithmIdentifierTest, OpensslKnowsThemAll) {
  EXPECT_EQ(NameOf(SignatureScheme::kRsaPkcs1Sha256), "RSA-SHA256");
  EXPECT_EQ(NameOf(SignatureScheme::kRsaPkcs1Sha384), "RSA-SHA384");
  EXPECT_EQ(NameOf(SignatureScheme::kRsaPkcs1Sha512), "RSA-SHA512");
  EXPECT_EQ(NameOf(SignatureScheme::kRsaPssRsaeSha256), "RSASSA-PSS");
  EXPECT_EQ(NameOf(SignatureScheme::kEcdsaSecp256r1Sha256),
            "ecdsa-with-SHA256");
  EXPECT_EQ(NameOf(SignatureScheme::kEcdsaSecp384r1Sha384),
            "ecdsa-with-SHA384");
  EXPECT_EQ(NameOf(SignatureScheme::kEcdsaSecp521r1Sha512),
            "ecdsa-with-SHA512");
  EXPECT_EQ(NameOf(SignatureScheme::kEd25519), "ED25519");
  EXPECT_EQ(NameOf(SignatureScheme::kEd448), "ED448");
}

// RFC 5758 §3.2: no parameters for ECDSA; RFC 4055 §5: NULL for PKCS#1;
// RFC 8410 §3: none.
TEST(AlgorithmIdentifierTest, HaveTheParametersOfTheirRfc) {
  EXPECT_EQ(IdentifierOf(SignatureScheme::kEcdsaSecp256r1Sha256),
            "300a06082a8648ce3d040302");
  EXPECT_EQ(IdentifierOf(SignatureScheme::kRsaPkcs1Sha256),
            "300d06092a864886f70d01010b0500");
  EXPECT_EQ(IdentifierOf(SignatureScheme::kEd25519), "300506032b6570");
  // As OpenSSL writes it for a salt as long as the digest.
  EXPECT_EQ(IdentifierOf(SignatureScheme::kRsaPssRsaeSha256),
            "304106092a864886f70d01010a3034a00f300d06096086480165030402010500"
            "a11c301a06092a864886f70d010108300d06096086480165030402010500"
            "a203020120");
}

}  // namespace
}  // namespace keyhold::provider
