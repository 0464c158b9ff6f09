// A SigningKey that counts, and fails as told: a signer that is away, or that
// refuses.
#ifndef KEYHOLD_TLS_LIB_TLS_TESTING_FAKE_SIGNING_KEY_H_
#define KEYHOLD_TLS_LIB_TLS_TESTING_FAKE_SIGNING_KEY_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "tls_lib/core/signing_key.h"

namespace keyhold::tls_testing {

// Works as `key` until it is told to fail. Thread-safe.
class FakeSigningKey final : public SigningKey {
 public:
  explicit FakeSigningKey(std::shared_ptr<const SigningKey> key)
      : key_(std::move(key)) {}

  // OK: work again.
  void FailChoosing(absl::Status status);
  void FailSigning(absl::Status status);

  int choices() const { return choices_; }
  int last_known_choices() const { return last_known_choices_; }
  int signatures() const { return signatures_; }
  // The server name and role of the last ChooseScheme.
  SigningContext last_context() const;
  // How long the last signature was given.
  absl::Duration last_signature_time() const;

  const PublicKey& public_key() const override { return key_->public_key(); }
  absl::StatusOr<std::unique_ptr<Signer>> ChooseScheme(
      const SigningContext& context,
      absl::Span<const SignatureScheme> offered) const override;
  absl::StatusOr<std::unique_ptr<Signer>> LastKnownChoice(
      const SigningContext& context,
      absl::Span<const SignatureScheme> offered) const override;

 private:
  class CountingSigner;

  std::unique_ptr<Signer> Wrap(std::unique_ptr<Signer> signer) const;
  // What Sign does first.
  absl::Status NoteSignature(absl::Time deadline) const;

  const std::shared_ptr<const SigningKey> key_;
  mutable std::atomic<int> choices_{0};
  mutable std::atomic<int> last_known_choices_{0};
  mutable std::atomic<int> signatures_{0};
  mutable absl::Mutex mutex_;
  absl::Status choosing_ ABSL_GUARDED_BY(mutex_);
  absl::Status signing_ ABSL_GUARDED_BY(mutex_);
  mutable SigningContext last_context_ ABSL_GUARDED_BY(mutex_);
  mutable absl::Duration last_signature_time_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold::tls_testing

#endif  // KEYHOLD_TLS_LIB_TLS_TESTING_FAKE_SIGNING_KEY_H_
