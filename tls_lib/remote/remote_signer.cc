#include "tls_lib/remote/remote_signer.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/signature_form.h"
#include "tls_lib/remote/sign_input.h"
#include "tls_lib/remote/timer.h"

namespace keyhold {
namespace {

bool RefusesTheScheme(const absl::Status& status) {
  const std::optional<ErrorReason> reason = GetReason(status);
  return reason == ErrorReason::kSchemeNotAllowed ||
         reason == ErrorReason::kSchemeDoesNotFitKey;
}

}  // namespace

absl::StatusOr<std::string> RemoteSigner::Sign(absl::string_view message,
                                               absl::Time deadline) {
  ASSIGN_OR_RETURN(signer::v1::SignRequest request, MakeRequest(message));
  return Accept(key_->client->Sign(std::move(request), deadline));
}

std::unique_ptr<PendingSign> RemoteSigner::StartSign(absl::string_view message,
                                                     absl::Time deadline,
                                                     Done done) {
  absl::StatusOr<signer::v1::SignRequest> request = MakeRequest(message);
  if (!request.ok()) {
    return StartTimer(
        absl::InfinitePast(),
        [done = std::move(done), status = request.status()]() mutable {
          std::move(done)(status);
        });
  }
  // This outlives the handle, and so the callback.
  return key_->client->StartSign(
      *std::move(request), deadline,
      [this, done = std::move(done)](
          absl::StatusOr<signer::v1::SignResponse> response) mutable {
        std::move(done)(Accept(std::move(response)));
      });
}

absl::StatusOr<signer::v1::SignRequest> RemoteSigner::MakeRequest(
    absl::string_view message) const {
  signer::v1::SignRequest request;
  request.set_spki_sha256(std::string(key_->public_key.spki_sha256()));
  request.set_scheme(static_cast<uint32_t>(scheme_));
  request.set_server_name(context_.server_name);
  RETURN_IF_ERROR(SetSignInput(context_, scheme_, message, request));
  return request;
}

absl::StatusOr<std::string> RemoteSigner::Accept(
    absl::StatusOr<signer::v1::SignResponse> response) {
  if (!response.ok()) {
    if (RefusesTheScheme(response.status())) {
      key_->choices.Forget(question_, scheme_);
      auto refused = static_cast<uint16_t>(scheme_);
      key_->LastChoice(context_).compare_exchange_strong(refused, 0);
    }
    return response.status();
  }
  const absl::Status form =
      CheckSignatureForm(key_->public_key, response->signature());
  if (!form.ok()) {
    return absl::Status(form.code(),
                        absl::StrCat("signer ", key_->client->endpoint(), ": ",
                                     form.message()));
  }
  return std::move(*response->mutable_signature());
}

}  // namespace keyhold
