// A client of the signer service (keyhold.signer.v1.Signer).
//
//   SignerClientOptions options;
//   options.endpoints = {"signer-a.example.org:7443",
//                        "signer-b.example.org:7443"};
//   options.tls = SignerTlsFiles{"client.crt", "client.key", "ca.crt"};
//   ASSIGN_OR_RETURN(std::shared_ptr<SignerClient> client,
//                    SignerClient::Create(std::move(options)));
//
// Applications hand the client to RemoteSigningKey and call nothing else.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SIGNER_CLIENT_H_
#define KEYHOLD_TLS_LIB_REMOTE_SIGNER_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keyhold/signer/v1/key.pb.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/core/pending.h"
#include "tls_lib/remote/signer_client_options.h"
#include "tls_lib/remote/signer_endpoint_status.h"

namespace keyhold {

// Signatures travel over one stream for each endpoint, which is opened with the
// first and again whenever it is lost. A request goes to the endpoint that has
// the least to do. While that is away, drains, or does not answer, the request
// is tried elsewhere, and again until its deadline (signing is safe to repeat):
// neither a signer that fails nor one that restarts fails a handshake that can
// wait. docs/decisions/failover.md says how it is decided.
//
// Calls block until the answer, the deadline, or Close. A deadline of
// absl::InfiniteFuture() stands for now + default_timeout. One thread serves
// all clients of a process: from a callback of this class, which runs on it,
// blocking calls fail with FailedPrecondition.
//
// Errors carry the ErrorReason of the service, if it gave one, and name the
// endpoint: see status_from_grpc.h.
//   Unavailable        away, draining, or its TLS certificate is refused, and
//                      so all endpoints
//   DeadlineExceeded   no answer in time
//   ResourceExhausted  max_in_flight calls are under way in this client, or
//                      the service's limits
//   Cancelled          Close was called
//   Unauthenticated, PermissionDenied, NotFound, FailedPrecondition,
//   InvalidArgument, Internal   the service's answer
//
// Thread-safe. Not usable in a child after fork() (docs/defaults.md).
class SignerClient {
 public:
  // Checks the options and the TLS files; makes no connection, so it works
  // while the service is down.
  //
  // InvalidArgument: no endpoint, one that is none, or one twice; TLS files
  // where none are wanted, or none where they are; a number out of its range.
  // FailedPrecondition, naming the file: it cannot be read or is not PEM; the
  // key is not the certificate's; the certificate has expired, with the date.
  static absl::StatusOr<std::shared_ptr<SignerClient>> Create(
      SignerClientOptions options);

  // As Close. No blocking call may be under way on another thread.
  ~SignerClient();
  SignerClient(const SignerClient&) = delete;
  SignerClient& operator=(const SignerClient&) = delete;

  // All keys that `request` asks for, page by page, of one signer: `page_size`
  // is the size of a page, `page_token` must be empty.
  absl::StatusOr<std::vector<signer::v1::Key>> ListKeys(
      const signer::v1::ListKeysRequest& request = {},
      absl::Time deadline = absl::InfiniteFuture());

  // The keys that `selector` names: at least one, else NotFound.
  absl::StatusOr<std::vector<signer::v1::Key>> GetKey(
      const signer::v1::KeySelector& selector,
      absl::Time deadline = absl::InfiniteFuture());

  // Never cached here: RemoteSigningKey does that.
  absl::StatusOr<signer::v1::ChooseSchemeResponse> ChooseScheme(
      const signer::v1::ChooseSchemeRequest& request,
      absl::Time deadline = absl::InfiniteFuture());

  // Fills in `time_left_us`, and `request_id` if it is empty; a repeat has
  // the same request_id. Internal if the service answers with another scheme
  // than the one asked for, or with no signature.
  absl::StatusOr<signer::v1::SignResponse> Sign(
      signer::v1::SignRequest request,
      absl::Time deadline = absl::InfiniteFuture());

  // The same without blocking: `done` runs exactly once, on any thread, never
  // inside the call, unless the handle is destroyed first (see Pending). It
  // must not block. Deadlines, repeats and errors as above. Both handle and
  // client may go before the other.
  std::unique_ptr<Pending> StartChooseScheme(
      signer::v1::ChooseSchemeRequest request, absl::Time deadline,
      absl::AnyInvocable<
          void(absl::StatusOr<signer::v1::ChooseSchemeResponse>) &&>
          done);
  std::unique_ptr<Pending> StartSign(
      signer::v1::SignRequest request, absl::Time deadline,
      absl::AnyInvocable<void(absl::StatusOr<signer::v1::SignResponse>) &&>
          done);

  // What the signer has stated as its policy_version to which the next request
  // would go. Empty before the first answer. Compare for equality only.
  std::string policy_version() const;

  // The endpoints as configured, "signer.example.org:7443" or
  // "unix:/run/…, …", for messages.
  absl::string_view endpoint() const;

  // The state of each endpoint, for operators. A name that could not be looked
  // up has an entry of its own.
  std::vector<SignerEndpointStatus> endpoint_states() const;

  // SignerClientOptions.default_timeout.
  absl::Duration default_timeout() const;

  // Cancels what is under way; later calls fail with Cancelled. Idempotent.
  void Close();

 private:
  struct Impl;
  explicit SignerClient(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SIGNER_CLIENT_H_
