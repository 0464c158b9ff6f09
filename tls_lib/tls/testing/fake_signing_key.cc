#include "tls_lib/tls/testing/fake_signing_key.h"

#include <utility>

#include "absl/time/clock.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold::tls_testing {

class FakeSigningKey::CountingSigner final : public Signer {
 public:
  CountingSigner(const FakeSigningKey* key, std::unique_ptr<Signer> signer)
      : key_(key), signer_(std::move(signer)) {}

  SignatureScheme scheme() const override { return signer_->scheme(); }

  absl::StatusOr<std::string> Sign(absl::string_view message,
                                   absl::Time deadline) override {
    RETURN_IF_ERROR(key_->NoteSignature(deadline));
    return signer_->Sign(message, deadline);
  }

 private:
  const FakeSigningKey* key_;
  std::unique_ptr<Signer> signer_;
};

void FakeSigningKey::FailChoosing(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  choosing_ = std::move(status);
}

void FakeSigningKey::FailSigning(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  signing_ = std::move(status);
}

SigningContext FakeSigningKey::last_context() const {
  absl::MutexLock lock(&mutex_);
  return last_context_;
}

absl::Duration FakeSigningKey::last_signature_time() const {
  absl::MutexLock lock(&mutex_);
  return last_signature_time_;
}

absl::StatusOr<std::unique_ptr<Signer>> FakeSigningKey::ChooseScheme(
    const SigningContext& context,
    absl::Span<const SignatureScheme> offered) const {
  ++choices_;
  {
    absl::MutexLock lock(&mutex_);
    last_context_ = context;
    RETURN_IF_ERROR(choosing_);
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Signer> signer,
                   key_->ChooseScheme(context, offered));
  return Wrap(std::move(signer));
}

absl::StatusOr<std::unique_ptr<Signer>> FakeSigningKey::LastKnownChoice(
    const SigningContext& context,
    absl::Span<const SignatureScheme> offered) const {
  ++last_known_choices_;
  ASSIGN_OR_RETURN(std::unique_ptr<Signer> signer,
                   key_->LastKnownChoice(context, offered));
  return Wrap(std::move(signer));
}

std::unique_ptr<Signer> FakeSigningKey::Wrap(
    std::unique_ptr<Signer> signer) const {
  return std::make_unique<CountingSigner>(this, std::move(signer));
}

absl::Status FakeSigningKey::NoteSignature(absl::Time deadline) const {
  ++signatures_;
  absl::MutexLock lock(&mutex_);
  last_signature_time_ = deadline - absl::Now();
  return signing_;
}

}  // namespace keyhold::tls_testing
