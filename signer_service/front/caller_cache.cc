#include "signer_service/front/caller_cache.h"

#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "grpc/grpc_security_constants.h"

namespace keyhold {
namespace {

constexpr size_t kMaxEntries = 1024;

// gRPC's look-up takes a std::string: made once, not for each call.
const std::string& PemCertProperty() {
  static const std::string* const kName =
      new std::string(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  return *kName;
}

std::string FirstValue(const grpc::AuthContext& peer, const char* name) {
  const std::vector<grpc::string_ref> values = peer.FindPropertyValues(name);
  return values.empty() ? "" : std::string(values[0].data(), values[0].size());
}

}  // namespace

Identity IdentityOf(const grpc::AuthContext& peer) {
  CertificateNames names;
  names.spiffe_id = FirstValue(peer, GRPC_PEER_SPIFFE_ID_PROPERTY_NAME);
  names.common_name = FirstValue(peer, GRPC_X509_CN_PROPERTY_NAME);
  names.has_uri_names =
      !peer.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME).empty();
  for (const grpc::string_ref& name :
       peer.FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME)) {
    names.dns_names.emplace_back(name.data(), name.size());
  }
  return Identity::FromCertificate(std::move(names));
}

std::shared_ptr<const CallerView> CallerCache::Find(
    const grpc::AuthContext& peer,
    const std::shared_ptr<const ServingSnapshot>& snapshot) {
  if (snapshot_ != snapshot) {
    by_certificate_.clear();
    snapshot_ = snapshot;
  }
  const std::vector<grpc::string_ref> pem =
      peer.FindPropertyValues(PemCertProperty());
  if (pem.empty()) {
    return std::make_shared<CallerView>(snapshot, Identity());
  }
  const absl::string_view certificate(pem[0].data(), pem[0].size());
  const auto found = by_certificate_.find(certificate);
  if (found != by_certificate_.end()) return found->second;
  if (by_certificate_.size() >= kMaxEntries) by_certificate_.clear();
  auto view = std::make_shared<const CallerView>(snapshot, IdentityOf(peer));
  by_certificate_.emplace(certificate, view);
  return view;
}

}  // namespace keyhold
