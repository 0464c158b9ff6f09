// From a request to the bytes that are signed.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_SIGNED_INPUT_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_SIGNED_INPUT_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/core/usage_set.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold {

// What one request's input comes to. `bytes` may point into the request: it
// must outlive this.
class SignedInput {
 public:
  // `max_message_bytes` bounds the `message` form alone; the others have
  // their own bounds.
  //
  // InvalidArgument names the field, what was expected and what came. Reason
  // kInvalidRequest, or kInputNotAccepted for the form that this version does
  // not build: delegated_credential.
  //
  // `key` is the signing key: the transcript of a TLS 1.2 CertificateVerify
  // must carry it (RFC 5246 §7.4.8). A self-signed certificate is for what
  // `usages` let the key do.
  static absl::StatusOr<SignedInput> FromRequest(
      const signer::v1::SignRequest& request, const PublicKey& key,
      size_t max_message_bytes, UsageSet usages = {});

  signer::v1::Usage usage() const { return usage_; }
  // Null for a digest and a message, which belong to no version.
  std::optional<TlsVersion> version() const { return version_; }
  // Null for a digest and a message.
  std::optional<Role> role() const { return role_; }
  // Whose digest bytes() is; null if bytes() is the message itself.
  std::optional<HashAlgorithm> digest_hash() const { return digest_hash_; }
  // Whether what is asked for is the whole object, bytes() and signature in
  // one, and not the signature alone: see SignedObject.
  bool is_object() const;
  // What the key signs. Valid as long as this object and the request.
  absl::string_view bytes() const { return owned_.empty() ? view_ : owned_; }

 private:
  SignedInput() = default;

  signer::v1::Usage usage_ = signer::v1::USAGE_UNSPECIFIED;
  std::optional<TlsVersion> version_;
  std::optional<Role> role_;
  std::optional<HashAlgorithm> digest_hash_;
  // Content that was assembled; empty where `view_` is into the request.
  std::string owned_;
  absl::string_view view_;
};

// The scheme of a request, checked against the key and the input's form: in
// TLS 1.3 no PKCS#1 and an ECDSA key's own curve, in TLS 1.2 any hash with any
// curve (RFC 8446 §4.2.3), for a digest the scheme with its hash, and no EdDSA.
// For the forms of no version, whatever the key makes in either one.
//
// InvalidArgument: reason kInvalidRequest if there is none or it is not known
// here, kSchemeDoesNotFitKey if this key cannot make it in this form.
absl::StatusOr<SignatureScheme> RequestedScheme(
    const signer::v1::SignRequest& request, const PublicKey& key);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_SIGNED_INPUT_H_
