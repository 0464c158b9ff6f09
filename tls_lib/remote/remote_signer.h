// The Signer of a RemoteSigningKey.
#ifndef KEYHOLD_TLS_LIB_REMOTE_REMOTE_SIGNER_H_
#define KEYHOLD_TLS_LIB_REMOTE_REMOTE_SIGNER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/core/signer.h"
#include "tls_lib/core/signing_context.h"
#include "tls_lib/remote/remote_key_state.h"

namespace keyhold {

// Thread-safe. Signs by one remote call: see SetSignInput for what of the
// message it forwards. When the service refuses the scheme, the cached choice
// that led to it is dropped, and the last known choice likewise.
class RemoteSigner final : public Signer, public AsyncSigner {
 public:
  // `question` is what the choice of `scheme` is cached under.
  RemoteSigner(std::shared_ptr<RemoteKeyState> key, SigningContext context,
               SchemeChoiceCache::Question question, SignatureScheme scheme)
      : key_(std::move(key)),
        context_(std::move(context)),
        question_(std::move(question)),
        scheme_(scheme) {}

  SignatureScheme scheme() const override { return scheme_; }
  absl::StatusOr<std::string> Sign(absl::string_view message,
                                   absl::Time deadline) override;
  AsyncSigner* async() override { return this; }
  std::unique_ptr<PendingSign> StartSign(absl::string_view message,
                                         absl::Time deadline,
                                         Done done) override;

 private:
  absl::StatusOr<signer::v1::SignRequest> MakeRequest(
      absl::string_view message) const;
  // The signature in the service's answer.
  absl::StatusOr<std::string> Accept(
      absl::StatusOr<signer::v1::SignResponse> response);

  const std::shared_ptr<RemoteKeyState> key_;
  const SigningContext context_;
  const SchemeChoiceCache::Question question_;
  const SignatureScheme scheme_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_REMOTE_SIGNER_H_
