// A SigningKey whose private half is held by the signer service.
//
//   ASSIGN_OR_RETURN(std::shared_ptr<const RemoteSigningKey> key,
//                    RemoteSigningKey::ForCertificate(client, chain_pem));
//   ASSIGN_OR_RETURN(std::shared_ptr<const CertifiedKey> certified,
//                    CertifiedKey::CreateFromPem(chain_pem, key));
#ifndef KEYHOLD_TLS_LIB_REMOTE_REMOTE_SIGNING_KEY_H_
#define KEYHOLD_TLS_LIB_REMOTE_REMOTE_SIGNING_KEY_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "keyhold/signer/v1/key.pb.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signing_key.h"
#include "tls_lib/remote/remote_key_state.h"
#include "tls_lib/remote/signer_client.h"
#include "tls_lib/remote/usable_schemes.h"

namespace keyhold {

// The service chooses the scheme; its answers are cached until its policy
// changes (SchemeChoiceCache). Of a TLS message only what the structured
// forms need is sent (SetSignInput). The signature that comes back is not
// verified: the TLS peer does that, and verifying P-256 would cost three
// times the signing.
//
// The key is named to the service by the hash of its SubjectPublicKeyInfo, so
// a key that was replaced there gives NotFound, never a signature by another
// key than the certificate's.
//
// Thread-safe.
class RemoteSigningKey final : public SigningKey, public AsyncSchemeChooser {
 public:
  // The key of the first certificate in `chain_pem`. Needs no service: an
  // application starts while the signer is down. InvalidArgument: no
  // certificate, or a key that Keyhold does not serve.
  static absl::StatusOr<std::shared_ptr<const RemoteSigningKey>> ForCertificate(
      std::shared_ptr<SignerClient> client, absl::string_view chain_pem,
      SchemeChoiceCache::Options cache = {});
  // The same for a public key that is at hand.
  static std::shared_ptr<const RemoteSigningKey> ForPublicKey(
      std::shared_ptr<SignerClient> client, PublicKey public_key,
      SchemeChoiceCache::Options cache = {});

  // Asks the service for all keys that `selector` names, in its order.
  // NotFound if there are none. Other errors as SignerClient's.
  static absl::StatusOr<std::vector<std::shared_ptr<const RemoteSigningKey>>>
  FindAll(const std::shared_ptr<SignerClient>& client,
          const signer::v1::KeySelector& selector,
          absl::Time deadline = absl::InfiniteFuture(),
          const SchemeChoiceCache::Options& cache = {});
  // The only one. FailedPrecondition, listing them, if there are several.
  static absl::StatusOr<std::shared_ptr<const RemoteSigningKey>> Find(
      const std::shared_ptr<SignerClient>& client,
      const signer::v1::KeySelector& selector,
      absl::Time deadline = absl::InfiniteFuture(),
      const SchemeChoiceCache::Options& cache = {});

  const PublicKey& public_key() const override { return state_->public_key; }
  absl::StatusOr<std::unique_ptr<Signer>> ChooseScheme(
      const SigningContext& context,
      absl::Span<const SignatureScheme> offered) const override;
  absl::StatusOr<std::unique_ptr<Signer>> LastKnownChoice(
      const SigningContext& context,
      absl::Span<const SignatureScheme> offered) const override;

  const AsyncSchemeChooser* async() const override { return this; }
  std::optional<absl::StatusOr<std::unique_ptr<Signer>>> TryChooseScheme(
      const SigningContext& context,
      absl::Span<const SignatureScheme> offered) const override;
  // Shares its question with others who ask it, blocking or not. The remote
  // call goes on when the handle is destroyed: its answer is kept for the next.
  std::unique_ptr<PendingChoice> StartChooseScheme(
      const SigningContext& context, absl::Span<const SignatureScheme> offered,
      Done done) const override;

 private:
  explicit RemoteSigningKey(std::shared_ptr<RemoteKeyState> state)
      : state_(std::move(state)) {}

  SchemeChoiceCache::Answer Ask(const SchemeChoiceCache::Question& question,
                                absl::Time deadline) const;
  absl::Time DeadlineOf(const SigningContext& context) const;
  static std::unique_ptr<Signer> MakeSigner(
      const std::shared_ptr<RemoteKeyState>& state,
      const SigningContext& context, SchemeBits usable, SignatureScheme scheme);

  const std::shared_ptr<RemoteKeyState> state_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_REMOTE_SIGNING_KEY_H_
