// Signature schemes (RFC 8446 §4.2.3). All facts about a scheme stand in one
// table, in signature_scheme.cc: a new scheme is a new row there.
#ifndef KEYHOLD_TLS_LIB_CORE_SIGNATURE_SCHEME_H_
#define KEYHOLD_TLS_LIB_CORE_SIGNATURE_SCHEME_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tls_lib/core/key_type.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold {

// The values are IANA's code points. A value outside the list below may occur
// in what a peer offers (GREASE, newer schemes); FindScheme tells.
enum class SignatureScheme : uint16_t {
  kRsaPkcs1Sha256 = 0x0401,
  kRsaPkcs1Sha384 = 0x0501,
  kRsaPkcs1Sha512 = 0x0601,
  kEcdsaSecp256r1Sha256 = 0x0403,
  kEcdsaSecp384r1Sha384 = 0x0503,
  kEcdsaSecp521r1Sha512 = 0x0603,
  kRsaPssRsaeSha256 = 0x0804,
  kRsaPssRsaeSha384 = 0x0805,
  kRsaPssRsaeSha512 = 0x0806,
  kEd25519 = 0x0807,
  kEd448 = 0x0808,
  kRsaPssPssSha256 = 0x0809,
  kRsaPssPssSha384 = 0x080a,
  kRsaPssPssSha512 = 0x080b,
};

enum class SignatureAlgorithm { kRsaPkcs1, kRsaPss, kEcdsa, kEddsa };

// kNone: the scheme signs the message itself (Ed25519, Ed448).
enum class HashAlgorithm { kNone, kSha256, kSha384, kSha512 };

struct SchemeInfo {
  SignatureScheme scheme;
  // IANA's name, for example "ecdsa_secp256r1_sha256".
  absl::string_view name;
  SignatureAlgorithm algorithm;
  HashAlgorithm hash;
  // The type of key that makes it. For ECDSA this is the curve that TLS 1.3
  // demands; TLS 1.2 takes any (see SchemeFits).
  KeyType key_type;
  // PKCS#1 v1.5 is for TLS 1.2 only.
  bool allowed_in_tls13;
};

// AllSchemes is every scheme that Keyhold can make, best first: the default
// order of preference (docs/defaults.md says why).
absl::Span<const SchemeInfo> AllSchemes();

// FindScheme returns null for a scheme that Keyhold does not make.
const SchemeInfo* FindScheme(SignatureScheme scheme);

// ParseSchemeName finds a scheme by IANA's name. InvalidArgument, listing the
// known names, if there is none.
absl::StatusOr<SignatureScheme> ParseSchemeName(absl::string_view name);

// SchemeName is IANA's name, or "0x0a0a" for a scheme that FindScheme does
// not know.
std::string SchemeName(SignatureScheme scheme);

// SchemeFits says whether a key of `type` can make `scheme` in `version`. In
// TLS 1.2 an ECDSA scheme fixes only the hash, so a P-384 key also fits
// ecdsa_secp256r1_sha256 (RFC 8446 §4.2.3).
bool SchemeFits(const SchemeInfo& scheme, KeyType type, TlsVersion version);

// Bytes of a digest: 32, 48 or 64; 0 for kNone.
size_t DigestSize(HashAlgorithm hash);

// "SHA-256" …, "none".
absl::string_view HashName(HashAlgorithm hash);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_SIGNATURE_SCHEME_H_
