// Reads the certificate chains that stand beside key files.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_CERTIFICATE_READER_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_CERTIFICATE_READER_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "signer_service/keys/key_directory.h"
#include "signer_service/keys/served_key.h"
#include "tls_lib/core/certificate_fields.h"

namespace keyhold {

// A value.
struct CertificateFile {
  // Leaf first.
  std::vector<SharedDer> chain;
  CertificateFields leaf;
};

// Certificates above the leaf that occur in several files are kept once, for
// as long as this object or a file that was read lives. Not thread-safe.
class CertificateReader {
 public:
  // InvalidArgument: no certificate in it, or one that does not parse. Other
  // errors as KeyDirectory::ReadCertificateFile. Each names the path.
  absl::StatusOr<CertificateFile> Read(const KeyDirectory& directory,
                                       absl::string_view name);

 private:
  SharedDer Share(std::string der);

  // Keys are views into the values.
  absl::flat_hash_map<absl::string_view, SharedDer> issuers_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_CERTIFICATE_READER_H_
