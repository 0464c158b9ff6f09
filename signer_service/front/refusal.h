// The line that the log gets for a refused request.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_REFUSAL_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_REFUSAL_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "daemon/json_log.h"
#include "keyhold/signer/v1/key.pb.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/front/serving_state.h"

namespace keyhold {

// {"event":"refused","call":"Sign","identity":…,"status":"PERMISSION_DENIED",
// "reason":…,"message":…}: who, what and why; more is added by the caller.
// Beside identity, other_names has what else of the caller's certificate a
// rule may have matched.
JsonLine RefusalLine(absl::string_view call, const CallerView& caller,
                     const absl::Status& status);

// What the log has of a signature that was asked for. Views.
struct AskedSignature {
  absl::string_view spki_sha256;
  signer::v1::Usage usage = signer::v1::USAGE_UNSPECIFIED;
  // 0: left to the service.
  uint32_t scheme = 0;
  absl::string_view server_name;
  absl::string_view request_id;
  absl::string_view traceparent;
};
// Refers to `request`.
AskedSignature AskedFor(const signer::v1::SignRequest& request);

// RefusalLine with what is known of a signature: spki (the first 8 bytes of
// the hash, hexadecimal), key id if there is such a key, usage, scheme,
// server name, request_id and traceparent.
JsonLine SignRefusalLine(const CallerView& caller, const AskedSignature& asked,
                         const absl::Status& status);

// RefusalLine with spki, key id, usage and server name.
JsonLine ChooseSchemeRefusalLine(const CallerView& caller,
                                 const signer::v1::ChooseSchemeRequest& request,
                                 const absl::Status& status);

// RefusalLine with what `selector` selects by: id, spki and key id, or
// server name.
JsonLine SelectorRefusalLine(absl::string_view call, const CallerView& caller,
                             const signer::v1::KeySelector& selector,
                             const absl::Status& status);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_REFUSAL_H_
