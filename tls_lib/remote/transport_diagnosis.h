// Says in a user's words why no connection to the service can be made.
#ifndef KEYHOLD_TLS_LIB_REMOTE_TRANSPORT_DIAGNOSIS_H_
#define KEYHOLD_TLS_LIB_REMOTE_TRANSPORT_DIAGNOSIS_H_

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tls_lib/remote/endpoint.h"
#include "tls_lib/remote/signer_client_options.h"

namespace keyhold {

// Thread-safe.
class TransportDiagnosis {
 public:
  TransportDiagnosis(Endpoint endpoint, SignerTlsFiles files)
      : endpoint_(std::move(endpoint)), files_(std::move(files)) {}

  // Looks closer if `grpc_message` says that the service's certificate was
  // refused: makes a connection of its own, at most one in 10 s, and at most
  // until `deadline`.
  void Examine(absl::string_view grpc_message, absl::Time deadline);

  // What is known of the cause of `grpc_message`, in this order: this
  // client's own files are bad; what Examine found; the service closed the
  // connection, as it does when it refuses the client's certificate. Empty if
  // nothing is known. Reads the TLS files, at most every 0.1 s: when all
  // signers are away, many calls end at once. Never connects.
  std::string Explain(absl::string_view grpc_message) const;

 private:
  absl::Status OwnFiles() const;

  const Endpoint endpoint_;
  const SignerTlsFiles files_;
  mutable absl::Mutex mutex_;
  absl::Time examined_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::string fault_ ABSL_GUARDED_BY(mutex_);
  mutable absl::Time own_read_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  mutable absl::Status own_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_TRANSPORT_DIAGNOSIS_H_
