#include "tls_lib/core/cert_resolver.h"

namespace keyhold {

std::shared_ptr<const CertifiedKey> SingleClientCertResolver::Resolve(
    const CertificateRequest& /*request*/) const {
  return key_;
}

}  // namespace keyhold
