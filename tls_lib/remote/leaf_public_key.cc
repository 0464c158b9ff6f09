#include "tls_lib/remote/leaf_public_key.h"

#include <string>
#include <vector>

#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/certificate_fields.h"
#include "tls_lib/core/certified_key.h"

namespace keyhold {

absl::StatusOr<PublicKey> LeafPublicKey(absl::string_view chain_pem) {
  ASSIGN_OR_RETURN(std::vector<std::string> chain,
                   ParsePemCertificates(chain_pem));
  ASSIGN_OR_RETURN(const CertificateFields leaf,
                   ReadCertificateFields(chain.front()));
  return PublicKey::FromSpki(leaf.spki);
}

}  // namespace keyhold
