#include "tls_lib/tls/internal/handshake_runner.h"

#include <optional>
#include <utility>

namespace keyhold::tls_internal {
namespace {

absl::Status AbandonedError() {
  return absl::CancelledError(
      "the connection was destroyed during its handshake");
}

absl::Status NoStackError() {
  return absl::InternalError(
      "no memory for the stack of a handshake that waits for its signature");
}

}  // namespace

HandshakeRunner::~HandshakeRunner() { Abandon(); }

absl::StatusOr<bool> HandshakeRunner::Run(absl::AnyInvocable<void()> body) {
  if (!wake_up_) {
    body();
    return true;
  }
  if (!fiber_.paused()) {
    if (!fiber_.Start(std::move(body))) return NoStackError();
  } else {
    if (!HasAnswer()) return false;
    GoOn();
  }
  while (fiber_.paused()) {
    pending_ = (*work_)();
    if (!HasAnswer()) return false;
    GoOn();
  }
  return true;
}

void HandshakeRunner::GoOn() {
  // The callback may still be running on another thread.
  pending_.reset();
  fiber_.Resume();
}

void HandshakeRunner::Abandon() {
  abandoned_ = true;
  pending_.reset();
  while (fiber_.paused()) fiber_.Resume();
}

void HandshakeRunner::Leave(Work work) {
  {
    absl::MutexLock lock(&mutex_);
    has_answer_ = false;
  }
  work_ = &work;
  fiber_.Pause();
  work_ = nullptr;
}

void HandshakeRunner::NoteAnswer() {
  absl::MutexLock lock(&mutex_);
  has_answer_ = true;
}

bool HandshakeRunner::HasAnswer() const {
  absl::MutexLock lock(&mutex_);
  return has_answer_;
}

template <typename T, typename Start>
absl::StatusOr<T> HandshakeRunner::Await(Start start) {
  if (abandoned_) return AbandonedError();
  std::optional<absl::StatusOr<T>> answer;
  Leave([&]() -> std::unique_ptr<Pending> {
    return start([this, &answer](absl::StatusOr<T> result) {
      answer = std::move(result);
      NoteAnswer();
      wake_up_();
    });
  });
  if (!answer.has_value()) return AbandonedError();
  return *std::move(answer);
}

template <typename T, typename Call>
absl::StatusOr<T> HandshakeRunner::OnCallersStack(Call call) {
  if (!wake_up_) return call();
  if (abandoned_) return AbandonedError();
  std::optional<absl::StatusOr<T>> answer;
  Leave([&]() -> std::unique_ptr<Pending> {
    answer = call();
    NoteAnswer();
    return nullptr;
  });
  return *std::move(answer);
}

absl::StatusOr<std::unique_ptr<Signer>> HandshakeRunner::ChooseScheme(
    const SigningKey& key, const SigningContext& context,
    absl::Span<const SignatureScheme> offered) {
  using Choice = std::unique_ptr<Signer>;
  const AsyncSchemeChooser* chooser = key.async();
  if (!wake_up_ || chooser == nullptr) {
    return OnCallersStack<Choice>(
        [&] { return key.ChooseScheme(context, offered); });
  }
  if (auto known = chooser->TryChooseScheme(context, offered)) {
    return *std::move(known);
  }
  return Await<Choice>([&](AsyncSchemeChooser::Done done) {
    return chooser->StartChooseScheme(context, offered, std::move(done));
  });
}

absl::StatusOr<std::string> HandshakeRunner::Sign(Signer& signer,
                                                  absl::string_view message,
                                                  absl::Time deadline) {
  AsyncSigner* async = signer.async();
  if (!wake_up_ || async == nullptr) {
    return OnCallersStack<std::string>(
        [&] { return signer.Sign(message, deadline); });
  }
  return Await<std::string>([&](AsyncSigner::Done done) {
    return async->StartSign(message, deadline, std::move(done));
  });
}

}  // namespace keyhold::tls_internal
