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
constexpr size_t kMaxNameBytes = 255;

void AddSpki(JsonLine& line, const CallerView& caller, absl::string_view spki) {
  line.Add("spki", absl::BytesToHexString(spki.substr(0, kSpkiPrefixBytes)));
  const CatalogKey* key = caller.snapshot->catalog().FindBySpkiSha256(spki);
  if (key != nullptr) line.Add("key", key->id);
}

void AddServerName(JsonLine& line, absl::string_view name) {
  if (!name.empty()) line.Add("server_name", name.substr(0, kMaxNameBytes));
}

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

AskedSignature AskedFor(const signer::v1::SignRequest& request) {
  AskedSignature asked;
  asked.spki_sha256 = request.spki_sha256();
  asked.usage = UsageOf(request);
  asked.scheme = request.scheme();
  asked.server_name = request.server_name();
  asked.request_id = request.request_id();
  asked.traceparent = request.traceparent();
  return asked;
}

JsonLine SignRefusalLine(const CallerView& caller, const AskedSignature& asked,
                         const absl::Status& status) {
  JsonLine line = RefusalLine("Sign", caller, status);
  AddSpki(line, caller, asked.spki_sha256);
  line.Add("usage", UsageName(asked.usage));
  if (asked.scheme != 0) {
    line.Add("scheme", SchemeName(static_cast<SignatureScheme>(asked.scheme)));
  }
  AddServerName(line, asked.server_name);
  if (!asked.request_id.empty()) {
    line.Add("request_id",
             absl::BytesToHexString(asked.request_id.substr(0, 16)));
  }
  if (!asked.traceparent.empty()) {
    line.Add("traceparent", asked.traceparent.substr(0, 55));
  }
  return line;
}

JsonLine ChooseSchemeRefusalLine(const CallerView& caller,
                                 const signer::v1::ChooseSchemeRequest& request,
                                 const absl::Status& status) {
  JsonLine line = RefusalLine("ChooseScheme", caller, status);
  AddSpki(line, caller, request.spki_sha256());
  line.Add("usage", UsageName(UsageOf(request)));
  AddServerName(line, request.server_name());
  return line;
}

JsonLine SelectorRefusalLine(absl::string_view call, const CallerView& caller,
                             const signer::v1::KeySelector& selector,
                             const absl::Status& status) {
  JsonLine line = RefusalLine(call, caller, status);
  if (selector.has_id()) {
    line.Add("id", absl::string_view(selector.id()).substr(0, kMaxNameBytes));
  } else if (selector.has_spki_sha256()) {
    AddSpki(line, caller, selector.spki_sha256());
  } else {
    AddServerName(line, selector.server_name());
  }
  return line;
}

}  // namespace keyhold
