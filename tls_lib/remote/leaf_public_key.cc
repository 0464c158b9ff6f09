#include "tls_lib/remote/leaf_public_key.h"

#include <string>
#include <vector>

#include "openssl/x509.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/certified_key.h"

namespace keyhold {
namespace {

absl::Status DoesNotParse() {
  return OpensslError(absl::StatusCode::kInvalidArgument,
                      "the first certificate of the chain does not parse");
}

}  // namespace

absl::StatusOr<PublicKey> LeafPublicKey(absl::string_view chain_pem) {
  ASSIGN_OR_RETURN(std::vector<std::string> chain,
                   ParsePemCertificates(chain_pem));
  const std::string& leaf = chain.front();
  auto der = reinterpret_cast<const unsigned char*>(leaf.data());
  X509Ptr certificate(
      d2i_X509(nullptr, &der, static_cast<long>(leaf.size())));  // NOLINT
  if (certificate == nullptr) return DoesNotParse();
  unsigned char* spki = nullptr;
  const int size =
      i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &spki);
  if (size <= 0) return DoesNotParse();
  OpensslBytesPtr owned(spki);
  return PublicKey::FromSpki(absl::string_view(
      reinterpret_cast<const char*>(spki), static_cast<size_t>(size)));
}

}  // namespace keyhold
