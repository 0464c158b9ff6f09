// The public half of a key: what it is and what it can make.
#ifndef KEYHOLD_TLS_LIB_CORE_PUBLIC_KEY_H_
#define KEYHOLD_TLS_LIB_CORE_PUBLIC_KEY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tls_lib/core/key_type.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold {

// A parsed SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) of a type that Keyhold
// serves. One of another type, an RSA key below 2048 or above 8192 bits, or an
// RSASSA-PSS key whose parameters leave no scheme, cannot exist as a PublicKey.
//
// Immutable and cheap to copy; thread-safe.
class PublicKey {
 public:
  // InvalidArgument says what is wrong: not DER, trailing bytes, an unlisted
  // curve or algorithm, explicit or compressed forms of curve and point, too
  // few or too many bits, PSS parameters that fit no scheme.
  static absl::StatusOr<PublicKey> FromSpki(absl::string_view spki_der);

  KeyType type() const;
  // Bits of the modulus or of the curve's field.
  int bits() const;
  // DER.
  absl::string_view spki() const;
  // SHA-256 of spki(), 32 bytes: the key's name in ChooseScheme and Sign.
  absl::string_view spki_sha256() const;
  // The longest signature that the key makes, in bytes.
  size_t max_signature_size() const;

  // Whether this very key can make `scheme` in `version`: SchemeFits, and for
  // RSASSA-PSS keys what their parameters allow (RFC 4055 §1.2).
  bool CanMake(SignatureScheme scheme, TlsVersion version) const;
  // All that CanMake in either version, in AllSchemes' order but with an
  // ECDSA key's own curve first.
  std::vector<SignatureScheme> DefaultPreferences() const;

  // Verify is OK if `signature` is this key's over `message`.
  // InvalidArgument if not, or if the key cannot make `scheme` at all.
  absl::Status Verify(SignatureScheme scheme, absl::string_view message,
                      absl::string_view signature) const;
  // The same for a digest that the caller computed. InvalidArgument also for
  // EdDSA and for a digest of the wrong size.
  absl::Status VerifyDigest(SignatureScheme scheme, absl::string_view digest,
                            absl::string_view signature) const;

  friend bool operator==(const PublicKey& a, const PublicKey& b) {
    return a.spki() == b.spki();
  }
  friend bool operator!=(const PublicKey& a, const PublicKey& b) {
    return !(a == b);
  }

 private:
  struct Parsed;
  explicit PublicKey(std::shared_ptr<const Parsed> parsed);

  std::shared_ptr<const Parsed> parsed_;
};

// FindSchemeOf returns the facts about `scheme`. InvalidArgument (reason
// kSchemeDoesNotFitKey) if `key` can make it in neither version of TLS.
absl::StatusOr<const SchemeInfo*> FindSchemeOf(const PublicKey& key,
                                               SignatureScheme scheme);

// ChooseScheme picks, of `preferences` (best first), the first that the peer
// offers and that `key` can make in `version`. The order of `offered` plays
// no part; unknown code points in it are skipped. The order of `preferences`
// is kept as it is: those by default put an ECDSA key's own curve first.
//
// FailedPrecondition (reason kNoCommonScheme) names the key's type and what
// was offered.
absl::StatusOr<SignatureScheme> ChooseScheme(
    const PublicKey& key, TlsVersion version,
    absl::Span<const SignatureScheme> preferences,
    absl::Span<const SignatureScheme> offered);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_PUBLIC_KEY_H_
