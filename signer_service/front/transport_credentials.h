// The service's own certificate, and whose client certificates it takes.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_TRANSPORT_CREDENTIALS_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_TRANSPORT_CREDENTIALS_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/security/server_credentials.h"
#include "signer_service/config/signer_settings.h"

namespace keyhold {

// Reads a listener's three files, as a start that cannot succeed had better
// fail at once.
//
// Each error names the file. NotFound, PermissionDenied; InvalidArgument: not
// PEM, no certificate, a key that is encrypted or does not belong to the
// certificate; FailedPrecondition: the certificate has expired, or is not
// valid yet (says since or until when).
absl::Status CheckTransportFiles(const TcpListenerSettings& listener);

// Has this process's gRPC servers speak TLS 1.3 only. gRPC 1.51 has no setter;
// it takes the cipher suites of TLS 1.2 from the environment, so they are set
// to one that needs a pre-shared key, which there is none of. Call it before
// the first credentials are made, while no other thread reads the environment.
void OfferTls13Only();

// Mutual TLS from these files, a client certificate of client_ca_file required
// and verified, also against the revocation lists of crl_directory if there is
// one: files HASH.rN, as `openssl rehash` names them. A list of an issuer that
// has none yet is not required; one that has expired lets nobody in. The files
// are read again every `refresh`; a set that does not fit together is ignored
// until it does. Connections that exist keep what they began with.
std::shared_ptr<grpc::ServerCredentials> MakeTransportCredentials(
    const TcpListenerSettings& listener, absl::Duration refresh);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_TRANSPORT_CREDENTIALS_H_
