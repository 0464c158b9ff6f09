#include "signer_service/front/request_handler.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/front/callers_in_force.h"
#include "signer_service/front/key_queries.h"
#include "signer_service/front/refusal.h"
#include "signer_service/front/refusal_record.h"
#include "signer_service/front/request_check.h"
#include "signer_service/front/scheme_choice.h"
#include "signer_service/keys/key_catalog.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::SignResponse;

absl::Status NoClientIdentityError() {
  return WithReason(
      absl::UnauthenticatedError(
          "the caller has no identity: expected a client certificate with a "
          "SPIFFE ID, a DNS name or a common name, or a local user that this "
          "host knows"),
      ErrorReason::kNoClientIdentity);
}

absl::Status DrainingError() {
  return WithReason(
      absl::UnavailableError("the signer is shutting down; ask another one"),
      ErrorReason::kDraining);
}

absl::Status DeadlinePassedError() {
  return WithReason(absl::DeadlineExceededError(
                        "the request's time had passed before it was signed"),
                    ErrorReason::kDeadlinePassed);
}

// A key that went away between the look-up and the signature: the same answer
// as for one that never was.
absl::Status FromVault(absl::Status status) {
  return absl::IsNotFound(status) ? KeyNotFoundError() : std::move(status);
}

}  // namespace

template <typename Ask, typename Line>
auto RequestHandler::Logged(absl::string_view call, const CallerView& caller,
                            const AskedSignature& asked, Ask ask,
                            Line line) const -> decltype(ask()) {
  absl::Status fault = Admit(caller);
  decltype(ask()) answer = fault.ok() ? ask() : std::move(fault);
  if (!answer.ok()) {
    log_.Write(line(answer.status()));
    RecordRefusal(refusals_, call, caller, asked, answer.status());
  }
  return answer;
}

absl::Status RequestHandler::Admit(const CallerView& caller) const {
  if (caller.identity.empty()) return NoClientIdentityError();
  if (!state_.draining()) return absl::OkStatus();
  turned_away_.fetch_add(1, std::memory_order_relaxed);
  return DrainingError();
}

absl::StatusOr<signer::v1::ListKeysResponse> RequestHandler::ListKeys(
    const CallerView& caller,
    const signer::v1::ListKeysRequest& request) const {
  const auto engine_name = [this](KeyType type) {
    return vault_.EngineName(type);
  };
  return Logged(
      "ListKeys", caller, {},
      [&] { return keyhold::ListKeys(caller, request, engine_name); },
      [&](const absl::Status& status) {
        return SelectorRefusalLine("ListKeys", caller, request.selector(),
                                   status);
      });
}

absl::StatusOr<signer::v1::GetKeyResponse> RequestHandler::GetKey(
    const CallerView& caller, const signer::v1::GetKeyRequest& request) const {
  const auto engine_name = [this](KeyType type) {
    return vault_.EngineName(type);
  };
  return Logged(
      "GetKey", caller, {},
      [&] { return keyhold::GetKey(caller, request, engine_name); },
      [&](const absl::Status& status) {
        return SelectorRefusalLine("GetKey", caller, request.selector(),
                                   status);
      });
}

absl::StatusOr<signer::v1::ChooseSchemeResponse> RequestHandler::ChooseScheme(
    const CallerView& caller,
    const signer::v1::ChooseSchemeRequest& request) const {
  using Response = signer::v1::ChooseSchemeResponse;
  const auto choose = [&]() -> absl::StatusOr<Response> {
    RETURN_IF_ERROR(CheckChooseSchemeRequest(request));
    ASSIGN_OR_RETURN(const SignatureScheme scheme,
                     ChooseSchemeFor(caller, request));
    Response response;
    response.set_scheme(static_cast<uint32_t>(scheme));
    response.set_policy_version(caller.snapshot->policy_version());
    return response;
  };
  AskedSignature asked;
  asked.spki_sha256 = request.spki_sha256();
  asked.usage = UsageOf(request);
  asked.server_name = request.server_name();
  return Logged("ChooseScheme", caller, asked, choose,
                [&](const absl::Status& status) {
                  return ChooseSchemeRefusalLine(caller, request, status);
                });
}

struct RequestHandler::Prepared {
  SignJob job;
  // Of the caller's snapshot.
  const CatalogKey* key;
  RequestLimiter::Permit permit;
};

// What is needed of a request that the vault has now.
struct RequestHandler::Sent {
  size_t index;
  uint64_t id;
  SignatureScheme scheme;
  std::shared_ptr<const CallerView> caller;
  // For the log.
  const CatalogKey* key;
  signer::v1::Usage usage;
  std::string server_name;
  std::string request_id;
  std::string traceparent;
  // Until it is answered, which happens once.
  mutable RequestLimiter::Permit permit;

  AskedSignature Asked() const {
    return {key->public_key.spki_sha256(),
            usage,
            static_cast<uint32_t>(scheme),
            server_name,
            request_id,
            traceparent};
  }
};

// Tells the handler's end that nothing is outstanding.
struct RequestHandler::Outstanding {
  explicit Outstanding(absl::Notification& none) : none(none) {}
  ~Outstanding() { none.Notify(); }
  absl::Notification& none;
};

struct RequestHandler::SentBatch {
  // First, so that it goes last.
  std::shared_ptr<const Outstanding> outstanding;
  std::vector<Sent> sent;
  OnAnswers on_answers;
};

RequestHandler::RequestHandler(Vault& vault, const ServingState& state,
                               RequestLimits limits, RequestLimiter& limiter,
                               const JsonLog& log, RefusalLog* refusals)
    : vault_(vault),
      state_(state),
      limits_(limits),
      limiter_(limiter),
      log_(log),
      refusals_(refusals),
      outstanding_(std::make_shared<const Outstanding>(none_outstanding_)) {}

RequestHandler::~RequestHandler() {
  outstanding_.reset();
  none_outstanding_.WaitForNotification();
}

absl::StatusOr<RequestHandler::Prepared> RequestHandler::Prepare(
    SignCall& call) const {
  if (!call.admitted) RETURN_IF_ERROR(Admit(*call.caller));
  RETURN_IF_ERROR(CheckSignRequest(call.request, limits_.max_message_bytes));
  absl::Time deadline =
      std::min(call.deadline, call.received + limits_.max_time);
  if (call.request.has_time_left_us() &&
      call.request.time_left_us() <
          static_cast<uint64_t>(absl::ToInt64Microseconds(limits_.max_time))) {
    deadline = std::min(deadline,
                        call.received + absl::Microseconds(static_cast<int64_t>(
                                            call.request.time_left_us())));
  }
  if (deadline <= absl::Now()) return DeadlinePassedError();
  ASSIGN_OR_RETURN(const GrantedSignature granted,
                   GrantSignature(*call.caller, call.request));
  ASSIGN_OR_RETURN(RequestLimiter::Permit permit,
                   limiter_.Take(call.caller->identity.name(), granted.key->id,
                                 absl::Now()));
  SignJob job;
  job.request = std::move(call.request);
  if (!call.caller->is_agent) job.request.clear_claimed_caller();
  job.request.set_scheme(static_cast<uint32_t>(granted.scheme));
  job.request.clear_offered_schemes();
  job.hop.identity = call.caller->identity.name();
  job.hop.received = call.received;
  job.hop.deadline = deadline;
  job.cancelled = std::move(call.cancelled);
  return Prepared{std::move(job), granted.key, std::move(permit)};
}

void RequestHandler::Sign(std::vector<SignCall> calls,
                          OnAnswers on_answers) const {
  std::vector<SignAnswer> refused;
  std::vector<Sent> sent;
  std::vector<SignJob> jobs;
  jobs.reserve(calls.size());
  sent.reserve(calls.size());
  CallersInForce callers(state_.Get());
  for (size_t i = 0; i < calls.size(); ++i) {
    calls[i].caller = callers.Find(std::move(calls[i].caller));
    absl::StatusOr<Prepared> prepared = Prepare(calls[i]);
    if (!prepared.ok()) {
      LogRefused(*calls[i].caller, calls[i].request, prepared.status());
      refused.push_back(
          {i, std::move(prepared).status(), std::move(calls[i].caller)});
      continue;
    }
    const SignRequest& request = prepared->job.request;
    sent.push_back({i, request.id(),
                    static_cast<SignatureScheme>(request.scheme()),
                    std::move(calls[i].caller), prepared->key, UsageOf(request),
                    request.server_name(), request.request_id(),
                    request.traceparent(), std::move(prepared->permit)});
    jobs.push_back(std::move(prepared->job));
  }
  if (!refused.empty()) on_answers(std::move(refused));
  if (jobs.empty()) return;
  vault_.Sign(
      std::move(jobs), [this, batch = SentBatch{outstanding_, std::move(sent),
                                                std::move(on_answers)}](
                           std::vector<JobResult> results) {
        std::vector<SignAnswer> answers;
        answers.reserve(results.size());
        for (JobResult& result : results) {
          const Sent& sent = batch.sent[result.job];
          sent.permit.Release();
          answers.push_back({sent.index,
                             MakeResponse(sent, std::move(result.signature)),
                             sent.caller});
        }
        batch.on_answers(std::move(answers));
      });
}

absl::StatusOr<SignResponse> RequestHandler::MakeResponse(
    const Sent& sent, absl::StatusOr<std::string> signature) const {
  if (!signature.ok()) {
    absl::Status status = FromVault(std::move(signature).status());
    // Nobody refused what its caller gave up; and of an audit log that cannot
    // be written one line says all.
    if (!absl::IsCancelled(status) &&
        GetReason(status) != ErrorReason::kAuditUnavailable) {
      log_.Write(SignRefusalLine(*sent.caller, sent.Asked(), status));
    }
    return status;
  }
  SignResponse response;
  response.set_id(sent.id);
  response.set_scheme(static_cast<uint32_t>(sent.scheme));
  if (sent.usage == signer::v1::USAGE_CSR ||
      sent.usage == signer::v1::USAGE_SELF_SIGNED) {
    response.set_signed_object(*std::move(signature));
  } else {
    response.set_signature(*std::move(signature));
  }
  response.set_policy_version(sent.caller->snapshot->policy_version());
  return response;
}

void RequestHandler::LogRefused(const CallerView& caller,
                                const SignRequest& request,
                                const absl::Status& status) const {
  log_.Write(SignRefusalLine(caller, AskedFor(request), status));
  RecordRefusal(refusals_, "Sign", caller, AskedFor(request), status);
}

}  // namespace keyhold
