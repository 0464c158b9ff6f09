// A SigningKey with an asynchronous form whose answers come when the test
// says.
#ifndef KEYHOLD_TLS_LIB_TLS_TESTING_ASYNC_FAKE_KEY_H_
#define KEYHOLD_TLS_LIB_TLS_TESTING_ASYNC_FAKE_KEY_H_

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tls_lib/core/signing_key.h"

namespace keyhold::tls_testing {

// Asks `key` in the end. Thread-safe; outlives its Signers and handles.
class AsyncFakeKey final : public SigningKey, public AsyncSchemeChooser {
 public:
  explicit AsyncFakeKey(std::shared_ptr<const SigningKey> key)
      : key_(std::move(key)) {}

  // Whether a scheme must be waited for, or is known at once. Default: known.
  void AskForSchemes(bool ask);

  // How many answers are being waited for.
  int waiting() const;
  // Gives the answer that has been waited for longest, inside this call: what
  // `key` says, or `failure`. False if nobody waits.
  bool Answer(absl::Status failure = absl::OkStatus());
  void AnswerAll();
  // How many were ever asked for, and the deadline of the last.
  int signatures_asked() const;
  int schemes_asked() const;
  absl::Time last_deadline() const;
  // What has not been answered and was given up.
  int cancelled() const;

  const PublicKey& public_key() const override { return key_->public_key(); }
  absl::StatusOr<std::unique_ptr<Signer>> ChooseScheme(
      const SigningContext& context,
      absl::Span<const SignatureScheme> offered) const override;
  absl::StatusOr<std::unique_ptr<Signer>> LastKnownChoice(
      const SigningContext& context,
      absl::Span<const SignatureScheme> offered) const override;
  const AsyncSchemeChooser* async() const override { return this; }

  std::optional<absl::StatusOr<std::unique_ptr<Signer>>> TryChooseScheme(
      const SigningContext& context,
      absl::Span<const SignatureScheme> offered) const override;
  std::unique_ptr<PendingChoice> StartChooseScheme(
      const SigningContext& context, absl::Span<const SignatureScheme> offered,
      AsyncSchemeChooser::Done done) const override;

 private:
  class FakeSigner;
  class Handle;
  // Answers with the status, or if it is OK, with what the key says.
  using Finish = absl::AnyInvocable<void(absl::Status)>;
  using Waiting = std::list<std::shared_ptr<Finish>>;

  std::unique_ptr<Pending> Wait(Finish finish,
                                std::function<void()> cancel) const;

  const std::shared_ptr<const SigningKey> key_;
  mutable absl::Mutex mutex_;
  bool ask_for_schemes_ ABSL_GUARDED_BY(mutex_) = false;
  mutable Waiting waiting_ ABSL_GUARDED_BY(mutex_);
  mutable int signatures_asked_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable int schemes_asked_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable int cancelled_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable absl::Time last_deadline_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold::tls_testing

#endif  // KEYHOLD_TLS_LIB_TLS_TESTING_ASYNC_FAKE_KEY_H_
