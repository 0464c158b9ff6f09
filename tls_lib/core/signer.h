// Makes one signature with a scheme that is already chosen. Modelled on
// rustls's trait of this name, and with what that leaves undone: signing that
// does not block.
#ifndef KEYHOLD_TLS_LIB_CORE_SIGNER_H_
#define KEYHOLD_TLS_LIB_CORE_SIGNER_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tls_lib/core/pending.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

using PendingSign = Pending;

// The non-blocking form of Signer::Sign.
//
// Thread-safe. Must not be destroyed before the last PendingSign.
class AsyncSigner {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<std::string>) &&>;

  virtual ~AsyncSigner() = default;
  // Starts signing `message`, which is copied as far as needed. `done` runs
  // exactly once, on any thread, never inside StartSign, unless the returned
  // handle is destroyed first: see Pending. Errors as Signer::Sign.
  virtual std::unique_ptr<PendingSign> StartSign(absl::string_view message,
                                                 absl::Time deadline,
                                                 Done done) = 0;
};

// Thread-safe.
class Signer {
 public:
  virtual ~Signer() = default;

  // The scheme that ChooseScheme chose.
  virtual SignatureScheme scheme() const = 0;

  // Signs `message`, which is not hashed: for TLS the whole to-be-signed
  // content. The signature is as TLS carries it (ECDSA in DER).
  //
  // DeadlineExceeded: no answer in time. PermissionDenied: policy refuses.
  // NotFound: the key is gone. Unavailable: the service is away or draining.
  // InvalidArgument: the service does not accept this message. Internal: the
  // signature failed its check.
  virtual absl::StatusOr<std::string> Sign(absl::string_view message,
                                           absl::Time deadline) = 0;

  // Null if there is only the blocking form. Owned by this object.
  virtual AsyncSigner* async() { return nullptr; }
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_SIGNER_H_
