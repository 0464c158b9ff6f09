#include "tls_lib/tls/testing/async_fake_key.h"

#include <string>
#include <vector>

#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/one_shot.h"

namespace keyhold::tls_testing {

class AsyncFakeKey::Handle final : public Pending {
 public:
  Handle(const AsyncFakeKey* key, std::shared_ptr<Finish> finish,
         std::function<void()> cancel)
      : key_(key), finish_(std::move(finish)), cancel_(std::move(cancel)) {}

  ~Handle() override {
    {
      absl::MutexLock lock(&key_->mutex_);
      const size_t before = key_->waiting_.size();
      key_->waiting_.remove(finish_);
      if (key_->waiting_.size() != before) ++key_->cancelled_;
    }
    cancel_();
  }

 private:
  const AsyncFakeKey* const key_;
  const std::shared_ptr<Finish> finish_;
  const std::function<void()> cancel_;
};

class AsyncFakeKey::FakeSigner final : public Signer, public AsyncSigner {
 public:
  FakeSigner(const AsyncFakeKey* key, std::unique_ptr<Signer> signer)
      : key_(key), signer_(std::move(signer)) {}

  SignatureScheme scheme() const override { return signer_->scheme(); }
  absl::StatusOr<std::string> Sign(absl::string_view message,
                                   absl::Time deadline) override {
    return signer_->Sign(message, deadline);
  }
  AsyncSigner* async() override { return this; }

  std::unique_ptr<PendingSign> StartSign(absl::string_view message,
                                         absl::Time deadline,
                                         AsyncSigner::Done done) override {
    {
      absl::MutexLock lock(&key_->mutex_);
      ++key_->signatures_asked_;
      key_->last_deadline_ = deadline;
    }
    using Result = absl::StatusOr<std::string>;
    auto once = std::make_shared<OneShot<Result>>(std::move(done));
    return key_->Wait(
        [signer = signer_, once, text = std::string(message),
         deadline](absl::Status s) {
          once->Deliver(s.ok() ? signer->Sign(text, deadline) : Result(s));
        },
        [once] { once->Cancel(); });
  }

 private:
  const AsyncFakeKey* const key_;
  // Shared with an answer that is being made while this is destroyed.
  const std::shared_ptr<Signer> signer_;
};

void AsyncFakeKey::AskForSchemes(bool ask) {
  absl::MutexLock lock(&mutex_);
  ask_for_schemes_ = ask;
}

int AsyncFakeKey::waiting() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(waiting_.size());
}

int AsyncFakeKey::signatures_asked() const {
  absl::MutexLock lock(&mutex_);
  return signatures_asked_;
}

int AsyncFakeKey::schemes_asked() const {
  absl::MutexLock lock(&mutex_);
  return schemes_asked_;
}

absl::Time AsyncFakeKey::last_deadline() const {
  absl::MutexLock lock(&mutex_);
  return last_deadline_;
}

int AsyncFakeKey::cancelled() const {
  absl::MutexLock lock(&mutex_);
  return cancelled_;
}

bool AsyncFakeKey::Answer(absl::Status failure) {
  std::shared_ptr<Finish> finish;
  {
    absl::MutexLock lock(&mutex_);
    if (waiting_.empty()) return false;
    finish = std::move(waiting_.front());
    waiting_.pop_front();
  }
  (*finish)(std::move(failure));
  return true;
}

void AsyncFakeKey::AnswerAll() {
  while (Answer()) {
  }
}

absl::StatusOr<std::unique_ptr<Signer>> AsyncFakeKey::ChooseScheme(
    const SigningContext& context,
    absl::Span<const SignatureScheme> offered) const {
  ASSIGN_OR_RETURN(std::unique_ptr<Signer> signer,
                   key_->ChooseScheme(context, offered));
  return std::make_unique<FakeSigner>(this, std::move(signer));
}

absl::StatusOr<std::unique_ptr<Signer>> AsyncFakeKey::LastKnownChoice(
    const SigningContext& context,
    absl::Span<const SignatureScheme> offered) const {
  ASSIGN_OR_RETURN(std::unique_ptr<Signer> signer,
                   key_->LastKnownChoice(context, offered));
  return std::make_unique<FakeSigner>(this, std::move(signer));
}

std::optional<absl::StatusOr<std::unique_ptr<Signer>>>
AsyncFakeKey::TryChooseScheme(const SigningContext& context,
                              absl::Span<const SignatureScheme> offered) const {
  {
    absl::MutexLock lock(&mutex_);
    if (ask_for_schemes_) return std::nullopt;
  }
  return ChooseScheme(context, offered);
}

std::unique_ptr<PendingChoice> AsyncFakeKey::StartChooseScheme(
    const SigningContext& context, absl::Span<const SignatureScheme> offered,
    AsyncSchemeChooser::Done done) const {
  {
    absl::MutexLock lock(&mutex_);
    ++schemes_asked_;
    last_deadline_ = context.deadline;
  }
  using Result = absl::StatusOr<std::unique_ptr<Signer>>;
  auto once = std::make_shared<OneShot<Result>>(std::move(done));
  std::vector<SignatureScheme> list(offered.begin(), offered.end());
  return Wait(
      [this, once, context, list](absl::Status status) {
        once->Deliver(status.ok() ? ChooseScheme(context, list)
                                  : Result(status));
      },
      [once] { once->Cancel(); });
}

std::unique_ptr<Pending> AsyncFakeKey::Wait(
    Finish finish, std::function<void()> cancel) const {
  auto shared = std::make_shared<Finish>(std::move(finish));
  {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back(shared);
  }
  return std::make_unique<Handle>(this, std::move(shared), std::move(cancel));
}

}  // namespace keyhold::tls_testing
