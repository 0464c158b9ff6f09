#include "tls_lib/tls/trust_anchors.h"

#include <set>
#include <utility>
#include <vector>

#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/certified_key.h"
#include "tls_lib/tls/internal/parsed_chain.h"
#include "tls_lib/tls/internal/sha256.h"
#include "tls_lib/tls/internal/trust_store.h"

namespace keyhold {
namespace {

using tls_internal::Sha256;

}  // namespace

absl::StatusOr<std::shared_ptr<const TrustAnchors>> TrustAnchors::FromPem(
    absl::string_view pem) {
  ASSIGN_OR_RETURN(std::vector<std::string> ders, ParsePemCertificates(pem));
  std::vector<X509Ptr> certificates;
  // A set: neither order nor repetition makes another set of anchors.
  std::set<std::string> digests;
  for (const std::string& der : ders) {
    ASSIGN_OR_RETURN(X509Ptr certificate, tls_internal::ParseX509(der));
    certificates.push_back(std::move(certificate));
    digests.insert(Sha256(der));
  }
  std::string together;
  for (const std::string& digest : digests) together += digest;
  ASSIGN_OR_RETURN(
      std::unique_ptr<const tls_internal::TrustStore> store,
      tls_internal::TrustStore::FromCertificates(std::move(certificates)));
  return std::shared_ptr<const TrustAnchors>(
      new TrustAnchors(std::move(store), Sha256(together)));
}

absl::StatusOr<std::shared_ptr<const TrustAnchors>> TrustAnchors::System() {
  ASSIGN_OR_RETURN(std::unique_ptr<const tls_internal::TrustStore> store,
                   tls_internal::TrustStore::System());
  return std::shared_ptr<const TrustAnchors>(
      new TrustAnchors(std::move(store), Sha256("the machine's anchors")));
}

TrustAnchors::TrustAnchors(
    std::unique_ptr<const tls_internal::TrustStore> store,
    std::string fingerprint)
    : store_(std::move(store)), fingerprint_(std::move(fingerprint)) {}

TrustAnchors::~TrustAnchors() = default;

}  // namespace keyhold
