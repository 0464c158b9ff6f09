#include "tls_lib/remote/signer_connection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/policy_version.h"
#include "tls_lib/remote/signer_channel.h"
#include "tls_lib/remote/status_from_grpc.h"

namespace keyhold {
namespace {

absl::Status WasClosed(absl::string_view what) {
  return absl::CancelledError(absl::StrCat(what, ": the client was closed"));
}

absl::Status HadPassed(absl::string_view what) {
  return absl::DeadlineExceededError(
      absl::StrCat(what, ": the deadline had passed"));
}

// `status` with more said about its cause; payloads are kept.
absl::Status WithNote(const absl::Status& status, absl::string_view note) {
  absl::Status result(status.code(),
                      absl::StrCat(status.message(), "; ", note));
  status.ForEachPayload(
      [&result](absl::string_view url, const absl::Cord& payload) {
        result.SetPayload(url, payload);
      });
  return result;
}

}  // namespace

namespace signer_connection_internal {

void StampTimeLeft(signer::v1::SignRequest& request, absl::Duration left) {
  request.set_time_left_us(
      std::max<int64_t>(absl::ToInt64Microseconds(left), 0));
}

}  // namespace signer_connection_internal

SignerConnection::SignerConnection(Endpoint endpoint,
                                   const std::optional<SignerTlsFiles>& tls,
                                   absl::Duration tls_refresh_interval)
    : endpoint_(std::move(endpoint)),
      diagnosis_(tls.has_value()
                     ? std::make_unique<TransportDiagnosis>(endpoint_, *tls)
                     : nullptr),
      channel_(MakeSignerChannel(endpoint_, tls, tls_refresh_interval)),
      stub_(signer::v1::Signer::NewStub(channel_)) {}

std::string SignerConnection::What(absl::string_view call) const {
  return absl::StrCat("signer ", endpoint_.name, ": ", call);
}

std::string SignerConnection::policy_version() const {
  absl::MutexLock lock(&mutex_);
  return policy_version_;
}

void SignerConnection::ObservePolicyVersion(absl::string_view version) {
  if (version.empty()) return;
  absl::MutexLock lock(&mutex_);
  if (policy_version_ != version) policy_version_ = std::string(version);
}

absl::Status SignerConnection::Failure(const grpc::Status& status,
                                       Describe describe) {
  absl::Status failure = StatusFromGrpc(status, What(describe()));
  ObservePolicyVersion(PolicyVersionOf(failure));
  return failure;
}

bool SignerConnection::MayTryAgain(const absl::Status& failure) {
  // A cancellation that is not ours comes from a server that stops. Like a
  // lost connection, it says nothing against another try.
  return absl::IsUnavailable(failure) || absl::IsCancelled(failure);
}

bool SignerConnection::WaitToTryAgain(const absl::Status& failure,
                                      absl::Time deadline,
                                      RetryBackoff& backoff) {
  if (!MayTryAgain(failure)) return false;
  if (diagnosis_ != nullptr) diagnosis_->Examine(failure.message(), deadline);
  const absl::Time next = absl::Now() + backoff.Next();
  if (next >= deadline) return false;
  WaitBeforeNextTry(next);
  return !calls_.closed();
}

void SignerConnection::WaitBeforeNextTry(absl::Time next) {
  if (channel_->GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY) {
    calls_.WaitUntilClosed(next);
    return;
  }
  // Not asleep: gRPC has no thread that reads sockets, only threads that wait
  // in it. If all callers slept, the new connection's handshake would stand
  // still.
  channel_->WaitForConnected(absl::ToChronoTime(next));
}

absl::Status SignerConnection::DeadlinePassed(const absl::Status& before,
                                              Describe describe) const {
  return Final(HadPassed(What(describe())), before, describe);
}

absl::Status SignerConnection::Final(const absl::Status& failure,
                                     const absl::Status& before,
                                     Describe describe) const {
  if (calls_.closed()) return WasClosed(What(describe()));
  if (absl::IsDeadlineExceeded(failure) && !before.ok()) {
    return WithNote(failure, absl::StrCat("before that: ", before.message()));
  }
  const bool from_transport =
      absl::IsUnavailable(failure) && !GetReason(failure).has_value();
  if (!from_transport || diagnosis_ == nullptr) return failure;
  const std::string cause = diagnosis_->Explain(failure.message());
  return cause.empty() ? failure : WithNote(failure, cause);
}

}  // namespace keyhold
