// Runs libssl's part of a handshake so that it can be left while a key is
// asked, and be gone on with when the answer has come.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_HANDSHAKE_RUNNER_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_HANDSHAKE_RUNNER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "tls_lib/core/pending.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signer.h"
#include "tls_lib/core/signing_context.h"
#include "tls_lib/core/signing_key.h"
#include "tls_lib/tls/internal/fiber.h"

namespace keyhold::tls_internal {

// Without a wake-up all of this is plain calls that block.
//
// With one, Run's body is on a fiber. Keys are called on the stack of Run's
// caller: what they use (gRPC) is not written for small stacks. A key without
// an asynchronous form blocks there.
//
// Not thread-safe: one thread at a time, not always the same.
class HandshakeRunner {
 public:
  using WakeUp = absl::AnyInvocable<void()>;

  HandshakeRunner() = default;
  // As Abandon.
  ~HandshakeRunner();
  HandshakeRunner(const HandshakeRunner&) = delete;
  HandshakeRunner& operator=(const HandshakeRunner&) = delete;

  // See TlsConnection::SetWakeUp. Before the first Run.
  void SetWakeUp(WakeUp wake_up) { wake_up_ = std::move(wake_up); }

  // Runs `body` to its end: true. Or until it waits for a key: false; then
  // the wake-up will be called, and the next Run goes on with the body that
  // waits instead of `body`. Internal: no memory for a stack.
  absl::StatusOr<bool> Run(absl::AnyInvocable<void()> body);

  // Cancels what is asked of a key, and lets the body that waits go on to its
  // end: from now on ChooseScheme and Sign give Cancelled. The wake-up is not
  // called after it.
  void Abandon();

  // As the methods of SigningKey and Signer; for Run's body, or, without a
  // wake-up, for anybody.
  absl::StatusOr<std::unique_ptr<Signer>> ChooseScheme(
      const SigningKey& key, const SigningContext& context,
      absl::Span<const SignatureScheme> offered);
  absl::StatusOr<std::string> Sign(Signer& signer, absl::string_view message,
                                   absl::Time deadline);

 private:
  using Work = absl::FunctionRef<std::unique_ptr<Pending>()>;

  template <typename T, typename Start>
  absl::StatusOr<T> Await(Start start);
  template <typename T, typename Call>
  absl::StatusOr<T> OnCallersStack(Call call);
  void Leave(Work work);
  void GoOn();
  void NoteAnswer();
  bool HasAnswer() const;

  WakeUp wake_up_;
  Fiber fiber_;
  bool abandoned_ = false;
  // What the body that has paused wants to have begun. Lives on its stack.
  const Work* work_ = nullptr;
  std::unique_ptr<Pending> pending_;
  mutable absl::Mutex mutex_;
  bool has_answer_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_HANDSHAKE_RUNNER_H_
