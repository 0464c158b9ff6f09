#include "tls_lib/tls/internal/trust_store.h"

#include <utility>

#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/provider/crypto_library.h"

namespace keyhold::tls_internal {
namespace {

absl::Status StoreError() {
  return OpensslError(absl::StatusCode::kInternal,
                      "OpenSSL cannot keep the trust anchors");
}

absl::Status NoSystemAnchorsError() {
  return OpensslError(absl::StatusCode::kNotFound,
                      "this machine has no directory of trusted certificates "
                      "(on Debian install ca-certificates)");
}

}  // namespace

absl::StatusOr<std::unique_ptr<const TrustStore>> TrustStore::FromCertificates(
    std::vector<X509Ptr> certificates) {
  X509StorePtr store(X509_STORE_new());
  if (store == nullptr) return StoreError();
  for (const X509Ptr& certificate : certificates) {
    if (X509_STORE_add_cert(store.get(), certificate.get()) != 1) {
      return StoreError();
    }
  }
  // Whatever was given is an anchor, also an intermediate or a leaf.
  if (X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN) != 1) {
    return StoreError();
  }
  std::unique_ptr<TrustStore> result(new TrustStore(std::move(store)));
  result->certificates_ = std::move(certificates);
  return result;
}

absl::StatusOr<std::unique_ptr<const TrustStore>> TrustStore::System() {
  ASSIGN_OR_RETURN(OSSL_LIB_CTX * library, provider::CryptoLibrary());
  X509StorePtr store(X509_STORE_new());
  if (store == nullptr) return StoreError();
  if (X509_STORE_set_default_paths_ex(store.get(), library, nullptr) != 1) {
    return NoSystemAnchorsError();
  }
  return std::unique_ptr<const TrustStore>(new TrustStore(std::move(store)));
}

absl::Status TrustStore::ApplyTo(SSL_CTX* context) const {
  // The store is shared, not copied.
  SSL_CTX_set1_cert_store(context, store_.get());
  return absl::OkStatus();
}

absl::Status TrustStore::NameIn(SSL_CTX* context) const {
  for (const X509Ptr& certificate : certificates_) {
    if (SSL_CTX_add_client_CA(context, certificate.get()) != 1) {
      return StoreError();
    }
  }
  return absl::OkStatus();
}

}  // namespace keyhold::tls_internal
