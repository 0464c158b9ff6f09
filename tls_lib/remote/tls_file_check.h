// Checks the files of mutual TLS before gRPC reads them, which reports a bad
// file only as a connection that fails.
#ifndef KEYHOLD_TLS_LIB_REMOTE_TLS_FILE_CHECK_H_
#define KEYHOLD_TLS_LIB_REMOTE_TLS_FILE_CHECK_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tls_lib/remote/signer_client_options.h"

namespace keyhold {

// CheckTlsFiles reads the three files of `files`.
//
// FailedPrecondition, naming the file: it cannot be read, or holds no PEM
// certificate or no PEM private key without a password; the key is not the
// certificate's; the certificate has expired at `now`, with the date.
//
// Thread-safe. Reads files, so never inside a handshake callback.
absl::Status CheckTlsFiles(const SignerTlsFiles& files, absl::Time now);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_TLS_FILE_CHECK_H_
