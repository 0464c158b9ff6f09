// A SigningKey whose private half is in this process: for tests, first steps,
// and names whose keys need no signer.
#ifndef KEYHOLD_TLS_LIB_LOCAL_LOCAL_SIGNING_KEY_H_
#define KEYHOLD_TLS_LIB_LOCAL_LOCAL_SIGNING_KEY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/signing_key.h"
#include "tls_lib/local/private_key.h"

namespace keyhold {

// Immutable, thread-safe. Signs on the calling thread; deadlines that have
// passed fail with DeadlineExceeded before signing.
class LocalSigningKey final : public SigningKey {
 public:
  // Schemes are tried in `preferences`' order; empty: the key's defaults.
  // InvalidArgument if the key can make none of them.
  static absl::StatusOr<std::shared_ptr<const LocalSigningKey>> Create(
      PrivateKey key, std::vector<SignatureScheme> preferences = {});
  // Reads the file at `path`: formats and errors as PrivateKey::Parse, with
  // the path. NotFound, PermissionDenied: the file cannot be read.
  static absl::StatusOr<std::shared_ptr<const LocalSigningKey>> FromFile(
      absl::string_view path);

  const PublicKey& public_key() const override { return key_->public_key(); }
  absl::StatusOr<std::unique_ptr<Signer>> ChooseScheme(
      const SigningContext& context,
      absl::Span<const SignatureScheme> offered) const override;
  absl::StatusOr<std::unique_ptr<Signer>> LastKnownChoice(
      const SigningContext& context,
      absl::Span<const SignatureScheme> offered) const override;

 private:
  LocalSigningKey(std::shared_ptr<const PrivateKey> key,
                  std::vector<SignatureScheme> preferences)
      : key_(std::move(key)), preferences_(std::move(preferences)) {}

  std::shared_ptr<const PrivateKey> key_;
  std::vector<SignatureScheme> preferences_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_LOCAL_LOCAL_SIGNING_KEY_H_
