// What `keyhold sign` signs.
#ifndef KEYHOLD_CLI_SIGN_INPUT_H_
#define KEYHOLD_CLI_SIGN_INPUT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/console.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// The arguments that name the input; exactly one of the first three is set.
struct SignInputArguments {
  // Hexadecimal digits of a TLS 1.3 transcript hash.
  std::string transcript_hash;
  // A file whose digest is signed; it is hashed here.
  std::string digest_of;
  // A file whose bytes are signed.
  std::string message;
  // For digest_of: "sha256", "sha384", "sha512", or empty: that of `scheme`,
  // and SHA-256 where there is none.
  std::string hash;
  // IANA's name, or empty: the signer chooses.
  std::string scheme;
};

// Immutable.
class SignInput {
 public:
  // A usage error (exit_code.h) says which argument is wrong.
  // FailedPrecondition: a file cannot be read, or is too long.
  static absl::StatusOr<SignInput> Create(const SignInputArguments& arguments,
                                          const Console& console);

  // Fills in the input, and the role where it has one.
  void FillIn(signer::v1::SignRequest& request, signer::v1::Role role) const;

  // OK if `signature` is `key`'s over this input. Errors as
  // PublicKey::Verify.
  absl::Status Verify(const PublicKey& key, SignatureScheme scheme,
                      signer::v1::Role role, absl::string_view signature) const;

 private:
  enum class Form { kTls13, kDigest, kMessage };

  SignInput(Form form, HashAlgorithm hash, std::string bytes)
      : form_(form), hash_(hash), bytes_(std::move(bytes)) {}

  Form form_;
  // kNone unless the form is kDigest.
  HashAlgorithm hash_;
  // The transcript hash, the digest or the message.
  std::string bytes_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_SIGN_INPUT_H_
