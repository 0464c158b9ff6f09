#include "signer_service/front/refusal_record.h"

#include <optional>
#include <string>

#include "absl/time/clock.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/keys/key_catalog.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {
namespace {

bool IsRefusal(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

}  // namespace

void RecordRefusal(RefusalLog* refusals, absl::string_view call,
                   const CallerView& caller, const AskedSignature& asked,
                   const absl::Status& status) {
  if (refusals == nullptr) return;
  if (absl::IsUnauthenticated(status)) return refusals->CountUnauthenticated();
  if (!IsRefusal(status.code())) return;
  const std::string usage = UsageName(asked.usage);
  std::string scheme;
  if (asked.scheme != 0) {
    scheme = SchemeName(static_cast<SignatureScheme>(asked.scheme));
  }
  AuditRecord record;
  record.event = AuditRecord::Event::kRefused;
  record.time = absl::Now();
  record.call = call;
  const std::string identity(caller.identity.name());
  record.identity = identity;
  const CatalogKey* key =
      caller.snapshot->catalog().FindBySpkiSha256(asked.spki_sha256);
  if (key != nullptr) record.key = key->id;
  record.spki_sha256 = asked.spki_sha256;
  if (asked.usage != signer::v1::USAGE_UNSPECIFIED) record.usage = usage;
  record.scheme = scheme;
  record.server_name = asked.server_name;
  record.request_id = asked.request_id;
  record.outcome = "refused";
  const std::optional<ErrorReason> reason = GetReason(status);
  if (reason.has_value()) record.reason = ErrorReasonName(*reason);
  refusals->Record(record);
}

}  // namespace keyhold
