// Why a certificate chain is not trusted, in words.
#ifndef KEYHOLD_TLS_LIB_REMOTE_CERTIFICATE_FAULT_H_
#define KEYHOLD_TLS_LIB_REMOTE_CERTIFICATE_FAULT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace keyhold {

// CertificateFault says what is wrong with a server's `chain_pem` (leaf
// first) under the CAs in `ca_file`, now: "the certificate of CN=signer
// expired on …". Empty if nothing is, or if it cannot be found out.
//
// For messages only: whom to trust is decided elsewhere. Thread-safe.
std::string CertificateFault(absl::string_view chain_pem,
                             const std::string& ca_file);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_CERTIFICATE_FAULT_H_
