#include "tls_lib/provider/algorithm_identifier.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/der.h"

namespace keyhold::provider {
namespace {

using absl::string_view;

// Object identifiers without their last arc, which counts by hash.
constexpr string_view kEcdsaWithSha2("\x2a\x86\x48\xce\x3d\x04\x03", 7);
constexpr string_view kPkcs1("\x2a\x86\x48\x86\xf7\x0d\x01\x01", 8);
constexpr string_view kNistHashes("\x60\x86\x48\x01\x65\x03\x04\x02", 8);
constexpr string_view kEdwards("\x2b\x65", 2);

constexpr char kMgf1Arc = 8;
constexpr char kRsassaPssArc = 10;

std::string Oid(string_view prefix, char arc) {
  return DerElement(kDerOid, absl::StrCat(prefix, string_view(&arc, 1)));
}

std::string Null() { return DerElement(kDerNull, ""); }

// 1, 2 and 3 of SHA-256, SHA-384 and SHA-512.
int IndexOf(HashAlgorithm hash) { return static_cast<int>(hash); }

std::string HashIdentifier(HashAlgorithm hash) {
  const char arc = static_cast<char>(IndexOf(hash));
  return DerElement(kDerSequence, absl::StrCat(Oid(kNistHashes, arc), Null()));
}

// RSASSA-PSS-params (RFC 4055 §3.1), as TLS has them.
std::string PssParameters(HashAlgorithm hash) {
  const std::string hash_id = HashIdentifier(hash);
  const std::string mgf1 =
      DerElement(kDerSequence, absl::StrCat(Oid(kPkcs1, kMgf1Arc), hash_id));
  const char salt = static_cast<char>(DigestSize(hash));
  const std::string salt_length =
      DerElement(kDerInteger, string_view(&salt, 1));
  return DerElement(kDerSequence,
                    absl::StrCat(DerElement(DerExplicit(0), hash_id),
                                 DerElement(DerExplicit(1), mgf1),
                                 DerElement(DerExplicit(2), salt_length)));
}

std::string Contents(const SchemeInfo& scheme) {
  switch (scheme.algorithm) {
    case SignatureAlgorithm::kRsaPkcs1:
      // sha256WithRSAEncryption is 11.
      return absl::StrCat(
          Oid(kPkcs1, static_cast<char>(10 + IndexOf(scheme.hash))), Null());
    case SignatureAlgorithm::kRsaPss:
      return absl::StrCat(Oid(kPkcs1, kRsassaPssArc),
                          PssParameters(scheme.hash));
    case SignatureAlgorithm::kEcdsa:
      // ecdsa-with-SHA256 is 2.
      return Oid(kEcdsaWithSha2, static_cast<char>(1 + IndexOf(scheme.hash)));
    case SignatureAlgorithm::kEddsa:
      return Oid(kEdwards, scheme.key_type == KeyType::kEd25519 ? 112 : 113);
  }
  return "";
}

}  // namespace

std::string SignatureAlgorithmIdentifier(const SchemeInfo& scheme) {
  return DerElement(kDerSequence, Contents(scheme));
}

}  // namespace keyhold::provider
