#include "tls_lib/core/signature_scheme.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace keyhold {
namespace {

// Best first. The order matters only among the schemes of one type of key:
// - RSA: PSS before PKCS#1 v1.5, which has no proof of security and whose
//   sloppy verification has been exploited again and again. TLS 1.3 has no
//   choice.
// - SHA-256 before the longer hashes: nothing attacks it, every peer has it,
//   and it is the cheapest. A peer that cannot do it gets a longer one.
// - ECDSA: DefaultPreferences puts a key's own curve, with the hash of that
//   strength, first.
// Between types a resolver decides, not this table; they stand in the order
// in which they cost least.
constexpr SchemeInfo kSchemes[] = {
    {SignatureScheme::kEd25519, "ed25519", SignatureAlgorithm::kEddsa,
     HashAlgorithm::kNone, KeyType::kEd25519, true},
    {SignatureScheme::kEcdsaSecp256r1Sha256, "ecdsa_secp256r1_sha256",
     SignatureAlgorithm::kEcdsa, HashAlgorithm::kSha256, KeyType::kEcdsaP256,
     true},
    {SignatureScheme::kEcdsaSecp384r1Sha384, "ecdsa_secp384r1_sha384",
     SignatureAlgorithm::kEcdsa, HashAlgorithm::kSha384, KeyType::kEcdsaP384,
     true},
    {SignatureScheme::kEcdsaSecp521r1Sha512, "ecdsa_secp521r1_sha512",
     SignatureAlgorithm::kEcdsa, HashAlgorithm::kSha512, KeyType::kEcdsaP521,
     true},
    {SignatureScheme::kEd448, "ed448", SignatureAlgorithm::kEddsa,
     HashAlgorithm::kNone, KeyType::kEd448, true},
    {SignatureScheme::kRsaPssRsaeSha256, "rsa_pss_rsae_sha256",
     SignatureAlgorithm::kRsaPss, HashAlgorithm::kSha256, KeyType::kRsa, true},
    {SignatureScheme::kRsaPssRsaeSha384, "rsa_pss_rsae_sha384",
     SignatureAlgorithm::kRsaPss, HashAlgorithm::kSha384, KeyType::kRsa, true},
    {SignatureScheme::kRsaPssRsaeSha512, "rsa_pss_rsae_sha512",
     SignatureAlgorithm::kRsaPss, HashAlgorithm::kSha512, KeyType::kRsa, true},
    {SignatureScheme::kRsaPssPssSha256, "rsa_pss_pss_sha256",
     SignatureAlgorithm::kRsaPss, HashAlgorithm::kSha256, KeyType::kRsaPss,
     true},
    {SignatureScheme::kRsaPssPssSha384, "rsa_pss_pss_sha384",
     SignatureAlgorithm::kRsaPss, HashAlgorithm::kSha384, KeyType::kRsaPss,
     true},
    {SignatureScheme::kRsaPssPssSha512, "rsa_pss_pss_sha512",
     SignatureAlgorithm::kRsaPss, HashAlgorithm::kSha512, KeyType::kRsaPss,
     true},
    {SignatureScheme::kRsaPkcs1Sha256, "rsa_pkcs1_sha256",
     SignatureAlgorithm::kRsaPkcs1, HashAlgorithm::kSha256, KeyType::kRsa,
     false},
    {SignatureScheme::kRsaPkcs1Sha384, "rsa_pkcs1_sha384",
     SignatureAlgorithm::kRsaPkcs1, HashAlgorithm::kSha384, KeyType::kRsa,
     false},
    {SignatureScheme::kRsaPkcs1Sha512, "rsa_pkcs1_sha512",
     SignatureAlgorithm::kRsaPkcs1, HashAlgorithm::kSha512, KeyType::kRsa,
     false},
};

bool IsEcdsa(KeyType type) {
  return type == KeyType::kEcdsaP256 || type == KeyType::kEcdsaP384 ||
         type == KeyType::kEcdsaP521;
}

absl::Status UnknownSchemeNameError(absl::string_view name) {
  return absl::InvalidArgumentError(
      absl::StrCat("unknown signature scheme \"", name, "\"; known are ",
                   absl::StrJoin(kSchemes, ", ",
                                 [](std::string* out, const SchemeInfo& info) {
                                   absl::StrAppend(out, info.name);
                                 })));
}

}  // namespace

absl::Span<const SchemeInfo> AllSchemes() { return kSchemes; }

const SchemeInfo* FindScheme(SignatureScheme scheme) {
  for (const SchemeInfo& info : kSchemes) {
    if (info.scheme == scheme) return &info;
  }
  return nullptr;
}

absl::StatusOr<SignatureScheme> ParseSchemeName(absl::string_view name) {
  for (const SchemeInfo& info : kSchemes) {
    if (info.name == name) return info.scheme;
  }
  return UnknownSchemeNameError(name);
}

std::string SchemeName(SignatureScheme scheme) {
  const SchemeInfo* info = FindScheme(scheme);
  return info != nullptr
             ? std::string(info->name)
             : absl::StrCat("0x", absl::Hex(scheme, absl::kZeroPad4));
}

bool SchemeFits(const SchemeInfo& scheme, KeyType type, TlsVersion version) {
  if (version == TlsVersion::kTls13) {
    return scheme.allowed_in_tls13 && scheme.key_type == type;
  }
  if (scheme.algorithm == SignatureAlgorithm::kEcdsa) return IsEcdsa(type);
  return scheme.key_type == type;
}

size_t DigestSize(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kNone:
      return 0;
    case HashAlgorithm::kSha256:
      return 32;
    case HashAlgorithm::kSha384:
      return 48;
    case HashAlgorithm::kSha512:
      return 64;
  }
  return 0;
}

absl::string_view HashName(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kNone:
      return "none";
    case HashAlgorithm::kSha256:
      return "SHA-256";
    case HashAlgorithm::kSha384:
      return "SHA-384";
    case HashAlgorithm::kSha512:
      return "SHA-512";
  }
  return "unknown";
}

}  // namespace keyhold
