// Decides whether and with which scheme a request is signed: the key's own
// preferences, the caller's policy and what the peer offers. Independent of
// the transport.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SCHEME_CHOICE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SCHEME_CHOICE_H_

#include "absl/status/statusor.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/front/serving_state.h"
#include "signer_service/keys/key_catalog.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// What a request may be signed with.
struct GrantedSignature {
  // Lives as long as the caller's snapshot.
  const CatalogKey* key;
  SignatureScheme scheme;
};

// Authorises a request that passed CheckSignRequest. The scheme is the stated
// one, or the best of those offered.
//
// KeyNotFoundError: no such key, or none that the caller may know of.
// PermissionDenied: kUsageNotAllowed, kServerNameNotAllowed, or
// kSchemeNotAllowed for a scheme outside policy or the key's preferences.
// InvalidArgument (kSchemeDoesNotFitKey): the key never makes the stated
// scheme for this input. FailedPrecondition (kNoCommonScheme): nothing that
// is offered will do.
absl::StatusOr<GrantedSignature> GrantSignature(
    const CallerView& caller, const signer::v1::SignRequest& request);

// The scheme that GrantSignature would take for a handshake in this role and
// version. For a request that passed CheckChooseSchemeRequest; errors as
// above.
absl::StatusOr<SignatureScheme> ChooseSchemeFor(
    const CallerView& caller, const signer::v1::ChooseSchemeRequest& request);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SCHEME_CHOICE_H_
