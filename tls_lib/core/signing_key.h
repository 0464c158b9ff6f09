// A private key for TLS, wherever it lives. Modelled on rustls's trait: the
// key, not the TLS library, picks the scheme out of those that the peer
// offers.
#ifndef KEYHOLD_TLS_LIB_CORE_SIGNING_KEY_H_
#define KEYHOLD_TLS_LIB_CORE_SIGNING_KEY_H_

#include <memory>
#include <optional>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tls_lib/core/pending.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signer.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold {

using PendingChoice = Pending;

// The non-blocking form of SigningKey::ChooseScheme.
//
// Thread-safe. Must not be destroyed before the last PendingChoice.
class AsyncSchemeChooser {
 public:
  using Done =
      absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<Signer>>) &&>;

  virtual ~AsyncSchemeChooser() = default;
  // The answer if it is known without asking anybody, else null: then
  // StartChooseScheme asks.
  virtual std::optional<absl::StatusOr<std::unique_ptr<Signer>>>
  TryChooseScheme(const SigningContext& context,
                  absl::Span<const SignatureScheme> offered) const = 0;
  // `done` runs exactly once, on any thread, never inside StartChooseScheme,
  // unless the returned handle is destroyed first: see Pending.
  virtual std::unique_ptr<PendingChoice> StartChooseScheme(
      const SigningContext& context, absl::Span<const SignatureScheme> offered,
      Done done) const = 0;
};

// Thread-safe. Shared by all connections; must outlive the Signers it makes.
class SigningKey {
 public:
  virtual ~SigningKey() = default;

  virtual const PublicKey& public_key() const = 0;

  // Chooses out of `offered`, whose order plays no part and whose unknown
  // code points are skipped. May wait for the service, until
  // context.deadline.
  //
  // FailedPrecondition (reason kNoCommonScheme): nothing in common, the alert
  // is handshake_failure. Any other error is a failure to ask, as
  // Signer::Sign's: the alert is internal_error.
  virtual absl::StatusOr<std::unique_ptr<Signer>> ChooseScheme(
      const SigningContext& context,
      absl::Span<const SignatureScheme> offered) const = 0;

  // A Signer of the scheme that the last successful ChooseScheme of the same
  // role and version gave, or that the key's default preferences give. For
  // handshakes that will probably resume and need no signature: it never
  // waits, and what it chose is checked when it signs.
  // FailedPrecondition as ChooseScheme.
  virtual absl::StatusOr<std::unique_ptr<Signer>> LastKnownChoice(
      const SigningContext& context,
      absl::Span<const SignatureScheme> offered) const = 0;

  // Null if there is only the blocking form. Owned by this object.
  virtual const AsyncSchemeChooser* async() const { return nullptr; }
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_SIGNING_KEY_H_
