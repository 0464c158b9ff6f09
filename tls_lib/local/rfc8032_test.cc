// Signing with Ed25519 and Ed448: RFC 8032's own vectors (§7.1, §7.4).
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/private_key.h"

namespace keyhold {
namespace {

struct Vector {
  const char* name;
  SignatureScheme scheme;
  const char* secret_key;
  const char* public_key;
  const char* message;
  const char* signature;
};

constexpr Vector kVectors[] = {
    {"Ed25519 TEST 1", SignatureScheme::kEd25519,
     "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"Ed25519 TEST 2", SignatureScheme::kEd25519,
     "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"Ed25519 TEST 3", SignatureScheme::kEd25519,
     "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    {"Ed448 blank", SignatureScheme::kEd448,
     "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3"
     "528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
     "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778"
     "edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180",
     "",
     "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f"
     "2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a"
     "9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4db"
     "b61149f05a7363268c71d95808ff2e652600"},
    {"Ed448 1 octet", SignatureScheme::kEd448,
     "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463a"
     "fbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
     "43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c086"
     "6aea01eb00742802b8438ea4cb82169c235160627b4c3a9480",
     "03",
     "26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f435"
     "2541b143c4b981b7e18f62de8ccdf633fc1bf037ab7cd779805e0dbcc0aae1cb"
     "cee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0f"
     "f3348ab21aa4adafd1d234441cf807c03a00"},
};

// RFC 8410 §7.
std::string Pkcs8(SignatureScheme scheme, const std::string& secret) {
  const bool is_25519 = scheme == SignatureScheme::kEd25519;
  const std::string algorithm = DerElement(
      kDerSequence,
      DerElement(kDerOid, is_25519 ? "\x2b\x65\x70" : "\x2b\x65\x71"));
  return DerElement(
      kDerSequence,
      absl::StrCat(
          DerElement(kDerInteger, absl::string_view("\0", 1)), algorithm,
          DerElement(kDerOctetString, DerElement(kDerOctetString, secret))));
}

TEST(Rfc8032Test, SignaturesAreTheRfcs) {
  for (const Vector& vector : kVectors) {
    SCOPED_TRACE(vector.name);
    absl::StatusOr<PrivateKey> key = PrivateKey::Parse(*SecretBytes::CopyOf(
        Pkcs8(vector.scheme, absl::HexStringToBytes(vector.secret_key))));
    ASSERT_THAT(key, IsOk());
    const absl::string_view spki = key->public_key().spki();
    const std::string public_key = absl::HexStringToBytes(vector.public_key);
    EXPECT_EQ(spki.substr(spki.size() - public_key.size()), public_key);
    absl::StatusOr<std::string> signature =
        key->Sign(vector.scheme, absl::HexStringToBytes(vector.message));
    ASSERT_THAT(signature, IsOk());
    EXPECT_EQ(absl::BytesToHexString(*signature), vector.signature);
  }
}

}  // namespace
}  // namespace keyhold
