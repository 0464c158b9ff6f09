#include "signer_service/front/refusal.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/types/span.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/keys/key_catalog.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {
namespace {

constexpr size_t kSpkiPrefixBytes = 8;
// Of a certificate with hundreds.
constexpr size_t kMaxOtherNames = 8;

}  // namespace

JsonLine RefusalLine(absl::string_view call, const CallerView& caller,
                     const absl::Status& status) {
  JsonLine line("refused", LogLevel::kWarning);
  line.Add("call", call).Add("identity", caller.identity.name());
  const std::vector<std::string> others = caller.identity.OtherNames();
  if (!others.empty()) {
    line.AddList("other_names",
                 absl::MakeConstSpan(others).subspan(0, kMaxOtherNames));
  }
  line.Add("status", absl::StatusCodeToString(status.code()));
  if (const std::optional<ErrorReason> reason = GetReason(status)) {
    line.Add("reason", ErrorReasonName(*reason));
  }
  line.Add("message", status.message());
  return line;
}

JsonLine SignRefusalLine(const CallerView& caller,
                         const signer::v1::SignRequest& request,
                         const absl::Status& status) {
  JsonLine line = RefusalLine("Sign", caller, status);
  const absl::string_view spki = request.spki_sha256();
  line.Add("spki", absl::BytesToHexString(spki.substr(0, kSpkiPrefixBytes)));
  const CatalogKey* key = caller.snapshot->catalog().FindBySpkiSha256(spki);
  if (key != nullptr) line.Add("key", key->id);
  line.Add("usage", UsageName(UsageOf(request)));
  if (request.scheme() != 0) {
    line.Add("scheme",
             SchemeName(static_cast<SignatureScheme>(request.scheme())));
  }
  if (!request.server_name().empty()) {
    line.Add("server_name",
             absl::string_view(request.server_name()).substr(0, 255));
  }
  if (!request.request_id().empty()) {
    line.Add("request_id",
             absl::BytesToHexString(
                 absl::string_view(request.request_id()).substr(0, 16)));
  }
  if (!request.traceparent().empty()) {
    line.Add("traceparent",
             absl::string_view(request.traceparent()).substr(0, 55));
  }
  return line;
}

}  // namespace keyhold
