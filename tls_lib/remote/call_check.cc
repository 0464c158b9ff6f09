#include "tls_lib/remote/call_check.h"

#include "absl/algorithm/container.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;

// Bytes of a key's hash that stand in a message.
constexpr size_t kShownHashSize = 8;

std::string KeyName(absl::string_view spki_sha256) {
  return absl::StrCat(
      "key ", absl::BytesToHexString(spki_sha256.substr(0, kShownHashSize)));
}

// "key 0123456789abcdef for www.example.org"
template <typename Request>
std::string KeyAndName(const Request& request) {
  return absl::StrCat(KeyName(request.spki_sha256()),
                      request.server_name().empty() ? "" : " for ",
                      request.server_name());
}

std::string SelectorName(const v1::KeySelector& selector) {
  switch (selector.by_case()) {
    case v1::KeySelector::kId:
      return absl::StrCat("id ", selector.id());
    case v1::KeySelector::kSpkiSha256:
      return KeyName(selector.spki_sha256());
    case v1::KeySelector::kServerName:
      return absl::StrCat("server name ", selector.server_name());
    case v1::KeySelector::BY_NOT_SET:
      return "an empty selector";
  }
  return "";
}

absl::Status BadAnswer(absl::string_view problem) {
  return absl::InternalError(
      absl::StrCat("the service answered with ", problem));
}

bool WasAskedFor(const v1::SignRequest& request, uint32_t scheme) {
  if (request.offered_schemes().empty()) return scheme == request.scheme();
  return absl::c_linear_search(request.offered_schemes(), scheme);
}

}  // namespace

std::string Describe(const v1::ChooseSchemeRequest& request) {
  return absl::StrCat("ChooseScheme with ", KeyAndName(request));
}

std::string Describe(const v1::SignRequest& request) {
  return absl::StrCat("Sign with ", KeyAndName(request));
}

std::string Describe(const v1::GetKeyRequest& request) {
  return absl::StrCat("GetKey by ", SelectorName(request.selector()));
}

std::string Describe(const v1::ListKeysRequest& /*request*/) {
  return "ListKeys";
}

absl::Status CheckAnswer(const v1::ChooseSchemeRequest& request,
                         const v1::ChooseSchemeResponse& response) {
  if (absl::c_linear_search(request.offered(), response.scheme())) {
    return absl::OkStatus();
  }
  return BadAnswer(absl::StrCat("the scheme ", response.scheme(),
                                ", which was not offered"));
}

absl::Status CheckAnswer(const v1::SignRequest& request,
                         const v1::SignResponse& response) {
  if (!WasAskedFor(request, response.scheme())) {
    return BadAnswer(absl::StrCat(
        "a signature of the scheme ",
        SchemeName(static_cast<SignatureScheme>(response.scheme())),
        ", which was not asked for"));
  }
  if (response.signature().empty() && response.signed_object().empty()) {
    return BadAnswer("an empty signature");
  }
  return absl::OkStatus();
}

absl::Status CheckAnswer(const v1::GetKeyRequest& /*request*/,
                         const v1::GetKeyResponse& response) {
  return response.keys().empty() ? BadAnswer("no key and no error")
                                 : absl::OkStatus();
}

absl::Status CheckAnswer(const v1::ListKeysRequest& /*request*/,
                         const v1::ListKeysResponse& /*response*/) {
  return absl::OkStatus();
}

}  // namespace keyhold
