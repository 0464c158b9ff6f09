// Finds out why an endpoint's certificate is refused. Includes gRPC, so for
// .cc files only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SERVER_CERTIFICATE_PROBE_H_
#define KEYHOLD_TLS_LIB_REMOTE_SERVER_CERTIFICATE_PROBE_H_

#include <string>

#include "absl/time/time.h"
#include "tls_lib/remote/endpoint.h"
#include "tls_lib/remote/signer_client_options.h"

namespace keyhold {

// ProbeServerCertificate connects to `endpoint`, looks at its certificate and
// refuses it whatever it is: no call is ever made over this connection, and it
// shows no identity. gRPC itself says no more than "certificate verify failed".
//
// CertificateFault's words; empty if there is no fault, or no answer until
// `deadline`.
std::string ProbeServerCertificate(const Endpoint& endpoint,
                                   const SignerTlsFiles& files,
                                   absl::Time deadline);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SERVER_CERTIFICATE_PROBE_H_
