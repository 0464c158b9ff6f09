// The five calls of the service, independent of how they came in: checks,
// authorises, hands signatures to the vault, and logs refusals.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_REQUEST_HANDLER_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_REQUEST_HANDLER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "daemon/json_log.h"
#include "keyhold/signer/v1/key.pb.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/audit/refusal_log.h"
#include "signer_service/config/signer_settings.h"
#include "signer_service/front/refusal.h"
#include "signer_service/front/request_limiter.h"
#include "signer_service/front/serving_state.h"
#include "signer_service/vault/vault.h"

namespace keyhold {

// One signature that a client asked for.
struct SignCall {
  signer::v1::SignRequest request;
  std::shared_ptr<const CallerView> caller;
  absl::Time received;
  // The transport's own. The handler takes the earliest of this,
  // `received` + time_left_us and `received` + the service's maximum.
  absl::Time deadline = absl::InfiniteFuture();
  // Whether Admit let it in when it arrived: then it is signed even if the
  // service has begun to drain since.
  bool admitted = false;
  // Null, or set once nobody waits for the answer any more.
  std::shared_ptr<const std::atomic<bool>> cancelled;
};

// What became of one call of a batch.
struct SignAnswer {
  // Its place in the batch.
  size_t call;
  absl::StatusOr<signer::v1::SignResponse> response;
  // As the caller was judged. Never null.
  std::shared_ptr<const CallerView> caller;
};

// Every call fails with Unauthenticated (kNoClientIdentity) if the caller is
// nobody, and with Unavailable (kDraining) once the service drains; other
// errors are those of request_check.h, key_queries.h, scheme_choice.h and
// Vault::Sign. Each failure is logged in one line; what is refused has a record
// in `refusals`, if that is not null.
//
// Thread-safe. The vault, the state and the logs must outlive it.
class RequestHandler {
 public:
  // `limiter` must outlive it, too.
  RequestHandler(Vault& vault, const ServingState& state, RequestLimits limits,
                 RequestLimiter& limiter, const JsonLog& log,
                 RefusalLog* refusals = nullptr);
  // Waits until the vault has answered everything.
  ~RequestHandler();

  absl::StatusOr<signer::v1::ListKeysResponse> ListKeys(
      const CallerView& caller,
      const signer::v1::ListKeysRequest& request) const;
  absl::StatusOr<signer::v1::GetKeyResponse> GetKey(
      const CallerView& caller, const signer::v1::GetKeyRequest& request) const;
  absl::StatusOr<signer::v1::ChooseSchemeResponse> ChooseScheme(
      const CallerView& caller,
      const signer::v1::ChooseSchemeRequest& request) const;

  // What is refused whatever it asks for: OK, or Unauthenticated or
  // Unavailable. Called by Sign too, for calls that are not `admitted`.
  absl::Status Admit(const CallerView& caller) const;
  // How often Admit has answered that the service drains.
  uint64_t turned_away() const {
    return turned_away_.load(std::memory_order_relaxed);
  }

  // See Vault::OnResults: called from any thread, also from several at once.
  using OnAnswers = absl::AnyInvocable<void(std::vector<SignAnswer>) const>;

  // Signs a batch. Each call is in exactly one answer, perhaps before this
  // returns, or when a signature that takes long has been made. Calls fail one
  // by one; DeadlineExceeded (kDeadlinePassed) is not signed.
  //
  // Each is judged by the policy that is in force now, whatever it was when the
  // call came, and then by the limits (kRateLimited).
  void Sign(std::vector<SignCall> calls, OnAnswers on_answers) const;

  // Refuses what never became a call of Sign, with its line in the log.
  void LogRefused(const CallerView& caller,
                  const signer::v1::SignRequest& request,
                  const absl::Status& status) const;

  const RequestLimits& limits() const { return limits_; }
  const ServingState& state() const { return state_; }

 private:
  struct Sent;
  struct Outstanding;
  struct SentBatch;

  // What `ask` answers, unless Admit refuses; an error is logged with the line
  // that `line` makes of it.
  // `asked` is for the record.
  template <typename Ask, typename Line>
  auto Logged(absl::string_view call, const CallerView& caller,
              const AskedSignature& asked, Ask ask, Line line) const
      -> decltype(ask());
  struct Prepared;
  // The job for the vault, if the call is granted.
  absl::StatusOr<Prepared> Prepare(SignCall& call) const;
  // Logs a failure.
  absl::StatusOr<signer::v1::SignResponse> MakeResponse(
      const Sent& sent, absl::StatusOr<std::string> signature) const;

  Vault& vault_;
  const ServingState& state_;
  const RequestLimits limits_;
  RequestLimiter& limiter_;
  const JsonLog& log_;
  RefusalLog* const refusals_;
  mutable std::atomic<uint64_t> turned_away_{0};
  absl::Notification none_outstanding_;
  // Held by each batch that the vault has.
  std::shared_ptr<const Outstanding> outstanding_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_REQUEST_HANDLER_H_
