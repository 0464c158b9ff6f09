#include "tests/fakes/fake_sign.h"

#include <string>

#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {
namespace {

void Spoil(FakeDamage damage, signer::v1::SignResponse& response) {
  std::string& signature = *response.mutable_signature();
  switch (damage) {
    case FakeDamage::kNone:
      return;
    case FakeDamage::kWrong:
      // The last byte: an ECDSA signature stays DER.
      signature.back() = static_cast<char>(signature.back() ^ 1);
      return;
    case FakeDamage::kTruncated:
      signature.resize(signature.size() / 2);
      return;
    case FakeDamage::kEmpty:
      signature.clear();
      return;
    case FakeDamage::kOtherScheme:
      for (const SchemeInfo& info : AllSchemes()) {
        const auto scheme = static_cast<uint32_t>(info.scheme);
        if (scheme == response.scheme()) continue;
        response.set_scheme(scheme);
        return;
      }
  }
}

}  // namespace

absl::StatusOr<signer::v1::SignResponse> FakeSign(
    const FakeBackend& backend, FakeFaults& faults, FakeRecord& record,
    absl::string_view caller, const signer::v1::SignRequest& request) {
  record.Add(FakeRpc::kSign, caller);
  record.AddSign(request);
  const FakeFault fault = faults.Begin(FakeRpc::kSign);
  RETURN_IF_ERROR(fault.error);
  ASSIGN_OR_RETURN(signer::v1::SignResponse response,
                   backend.Sign(caller, request));
  Spoil(fault.damage, response);
  return response;
}

}  // namespace keyhold
