// The connection to one endpoint of the service, with its deadlines and
// repeats. Includes gRPC, so for .cc files only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SIGNER_CONNECTION_H_
#define KEYHOLD_TLS_LIB_REMOTE_SIGNER_CONNECTION_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "tls_lib/remote/endpoint.h"
#include "tls_lib/remote/open_calls.h"
#include "tls_lib/remote/retry_backoff.h"
#include "tls_lib/remote/signer_client_options.h"
#include "tls_lib/remote/transport_diagnosis.h"

namespace keyhold {

template <typename Request, typename Response>
class AsyncCall;

// Thread-safe. No call may be under way when it is destroyed; an AsyncCall
// holds it.
class SignerConnection {
 public:
  template <typename Request, typename Response>
  using Method = grpc::Status (signer::v1::Signer::StubInterface::*)(
      grpc::ClientContext*, const Request&, Response*);
  // Names a call ("Sign with key 0123…") when there is a message to write.
  using Describe = absl::FunctionRef<std::string()>;

  // `tls` is set unless the endpoint is a UNIX socket. Connects when first
  // used.
  SignerConnection(Endpoint endpoint, const std::optional<SignerTlsFiles>& tls,
                   absl::Duration tls_refresh_interval);

  // Calls `method` until it gives an answer or an error that another try
  // would not change, or until `deadline`, which is finite. Before each try
  // the request's `time_left_us`, if it has one, is filled in.
  //
  // DeadlineExceeded: no answer in time. Unavailable: only refusals to
  // connect or to work until then. Cancelled: Close was called.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(Method<Request, Response> method,
                                Request& request, Describe describe,
                                absl::Time deadline);

  const Endpoint& endpoint() const { return endpoint_; }
  // "signer ENDPOINT: CALL"
  std::string What(absl::string_view call) const;
  // What the last answer or refusal stated; empty before the first.
  std::string policy_version() const;
  // Cancels all calls, now and from now on. Idempotent.
  void Close() { calls_.Close(); }

 private:
  // The same calls without a thread that waits.
  template <typename Request, typename Response>
  friend class AsyncCall;

  // Whether another try may end better than `failure`.
  static bool MayTryAgain(const absl::Status& failure);
  template <typename Request, typename Response>
  absl::StatusOr<Response> TryOnce(Method<Request, Response> method,
                                   const Request& request, Describe describe,
                                   absl::Time deadline);
  absl::Status Failure(const grpc::Status& status, Describe describe);
  void ObservePolicyVersion(absl::string_view version);
  // Returns at `next`, or earlier if the connection is there again, or on
  // Close.
  void WaitBeforeNextTry(absl::Time next);
  // Whether Call goes on after `failure`; if so, it has waited.
  bool WaitToTryAgain(const absl::Status& failure, absl::Time deadline,
                      RetryBackoff& backoff);
  // The status of a call whose deadline passed before a try: `before` is that
  // of the last one, or OK.
  absl::Status DeadlinePassed(const absl::Status& before,
                              Describe describe) const;
  // The status that ends a call: `failure`, and what led to it.
  absl::Status Final(const absl::Status& failure, const absl::Status& before,
                     Describe describe) const;

  const Endpoint endpoint_;
  // Absent for a UNIX socket.
  std::unique_ptr<TransportDiagnosis> diagnosis_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<signer::v1::Signer::StubInterface> stub_;
  OpenCalls calls_;
  mutable absl::Mutex mutex_;
  std::string policy_version_ ABSL_GUARDED_BY(mutex_);
};

// Implementation only below.

namespace signer_connection_internal {

template <typename Request>
void StampTimeLeft(Request&, absl::Duration) {}
void StampTimeLeft(signer::v1::SignRequest& request, absl::Duration left);

}  // namespace signer_connection_internal

template <typename Request, typename Response>
absl::StatusOr<Response> SignerConnection::TryOnce(
    Method<Request, Response> method, const Request& request, Describe describe,
    absl::Time deadline) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  OpenCalls::Scope scope(calls_, context);
  Response response;
  const grpc::Status status = ((*stub_).*method)(&context, request, &response);
  if (!status.ok()) return Failure(status, describe);
  ObservePolicyVersion(response.policy_version());
  return response;
}

template <typename Request, typename Response>
absl::StatusOr<Response> SignerConnection::Call(
    Method<Request, Response> method, Request& request, Describe describe,
    absl::Time deadline) {
  RetryBackoff backoff;
  absl::Status before;
  while (true) {
    const absl::Duration left = deadline - absl::Now();
    // gRPC would send it all the same, if the connection stands.
    if (left <= absl::ZeroDuration()) return DeadlinePassed(before, describe);
    signer_connection_internal::StampTimeLeft(request, left);
    absl::StatusOr<Response> answer =
        TryOnce(method, request, describe, deadline);
    if (answer.ok()) return answer;
    if (!WaitToTryAgain(answer.status(), deadline, backoff)) {
      return Final(answer.status(), before, describe);
    }
    before = answer.status();
  }
}

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SIGNER_CONNECTION_H_
