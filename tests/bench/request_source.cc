#include "tests/bench/request_source.h"

#include <algorithm>

#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold::bench {

void RequestSource::Fill(signer::v1::SignRequest* request) {
  std::string hash(32, '\0');
  ++serial_;
  std::copy_n(reinterpret_cast<const char*>(&serial_), sizeof(serial_),
              hash.begin());
  request->set_spki_sha256(std::string(key_.spki_sha256()));
  request->set_scheme(static_cast<uint32_t>(scheme_));
  if (FindScheme(scheme_)->allowed_in_tls13) {
    auto* verify = request->mutable_tls13_certificate_verify();
    verify->set_role(signer::v1::ROLE_SERVER);
    verify->set_transcript_hash(hash);
    return;
  }
  auto* exchange = request->mutable_tls12_server_key_exchange();
  exchange->set_client_random(hash);
  exchange->set_server_random(hash);
  exchange->set_curve(29);
  exchange->set_public_point(hash);
}

absl::Status RequestSource::Verify(const signer::v1::SignRequest& request,
                                   absl::string_view signature) const {
  std::string message;
  if (request.has_tls13_certificate_verify()) {
    ASSIGN_OR_RETURN(
        message, AssembleTls13CertificateVerify(
                     {Role::kServer,
                      request.tls13_certificate_verify().transcript_hash()}));
  } else {
    const auto& input = request.tls12_server_key_exchange();
    ASSIGN_OR_RETURN(message, AssembleTls12ServerKeyExchange(
                                  {input.client_random(), input.server_random(),
                                   static_cast<uint16_t>(input.curve()),
                                   input.public_point()}));
  }
  return key_.Verify(scheme_, message, signature);
}

}  // namespace keyhold::bench
