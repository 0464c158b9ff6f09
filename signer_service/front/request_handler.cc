#include "signer_service/front/request_handler.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/front/key_queries.h"
#include "signer_service/front/refusal.h"
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
auto RequestHandler::Logged(const CallerView& caller, Ask ask, Line line) const
    -> decltype(ask()) {
  absl::Status fault = Admit(caller);
  decltype(ask()) answer = fault.ok() ? ask() : std::move(fault);
  if (!answer.ok()) log_.Write(line(answer.status()));
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
      caller, [&] { return keyhold::ListKeys(caller, request, engine_name); },
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
      caller, [&] { return keyhold::GetKey(caller, request, engine_name); },
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
  return Logged(caller, choose, [&](const absl::Status& status) {
    return ChooseSchemeRefusalLine(caller, request, status);
  });
}

struct RequestHandler::Prepared {
  SignJob job;
  // Of the caller's snapshot.
  const CatalogKey* key;
};

// Calls that went to the vault, and what waits for its answer.
struct RequestHandler::SignBatch {
  // What is needed of a request that the vault has now.
  struct Sent {
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

    AskedSignature Asked() const {
      return {key->public_key.spki_sha256(),
              usage,
              static_cast<uint32_t>(scheme),
              server_name,
              request_id,
              traceparent};
    }
  };

  SignResults results;
  std::vector<Sent> sent;
  SignDone done;
};

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
  SignJob job;
  job.request = std::move(call.request);
  job.request.set_scheme(static_cast<uint32_t>(granted.scheme));
  job.request.clear_offered_schemes();
  job.hop.identity = call.caller->identity.name();
  job.hop.received = call.received;
  job.hop.deadline = deadline;
  return Prepared{std::move(job), granted.key};
}

void RequestHandler::Sign(std::vector<SignCall> calls, SignDone done) const {
  SignBatch batch;
  batch.results.resize(calls.size(), absl::UnknownError("not signed"));
  batch.done = std::move(done);
  std::vector<SignJob> jobs;
  jobs.reserve(calls.size());
  batch.sent.reserve(calls.size());
  for (size_t i = 0; i < calls.size(); ++i) {
    absl::StatusOr<Prepared> prepared = Prepare(calls[i]);
    if (!prepared.ok()) {
      LogRefused(*calls[i].caller, calls[i].request, prepared.status());
      batch.results[i] = std::move(prepared).status();
      continue;
    }
    const SignRequest& request = prepared->job.request;
    batch.sent.push_back(
        {i, request.id(), static_cast<SignatureScheme>(request.scheme()),
         std::move(calls[i].caller), prepared->key, UsageOf(request),
         request.server_name(), request.request_id(), request.traceparent()});
    jobs.push_back(std::move(prepared->job));
  }
  if (jobs.empty()) {
    std::move(batch.done)(std::move(batch.results));
    return;
  }
  vault_.Sign(std::move(jobs), [this, batch = std::move(batch)](
                                   Vault::Results signatures) mutable {
    Answer(std::move(batch), std::move(signatures));
  });
}

void RequestHandler::Answer(SignBatch batch, Vault::Results signatures) const {
  for (size_t i = 0; i < batch.sent.size(); ++i) {
    const SignBatch::Sent& sent = batch.sent[i];
    if (!signatures[i].ok()) {
      absl::Status status = FromVault(std::move(signatures[i]).status());
      log_.Write(SignRefusalLine(*sent.caller, sent.Asked(), status));
      batch.results[sent.index] = std::move(status);
      continue;
    }
    SignResponse response;
    response.set_id(sent.id);
    response.set_scheme(static_cast<uint32_t>(sent.scheme));
    response.set_signature(*std::move(signatures[i]));
    response.set_policy_version(sent.caller->snapshot->policy_version());
    batch.results[sent.index] = std::move(response);
  }
  std::move(batch.done)(std::move(batch.results));
}

void RequestHandler::LogRefused(const CallerView& caller,
                                const SignRequest& request,
                                const absl::Status& status) const {
  log_.Write(SignRefusalLine(caller, AskedFor(request), status));
}

}  // namespace keyhold
