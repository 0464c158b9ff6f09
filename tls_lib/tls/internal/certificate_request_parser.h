// Reads a CertificateRequest before libssl does, so that the key can choose
// its scheme in time.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_CERTIFICATE_REQUEST_PARSER_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_CERTIFICATE_REQUEST_PARSER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/cert_resolver.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold::tls_internal {

// `message` is the handshake message with its header, as a stranger sent it,
// laid out for `version` (RFC 5246 §7.4.4, RFC 8446 §4.3.2). The result has
// the version, the schemes as sent and the CAs; its server_name is empty.
//
// InvalidArgument if it is malformed.
absl::StatusOr<CertificateRequest> ParseCertificateRequest(
    TlsVersion version, absl::string_view message);

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_CERTIFICATE_REQUEST_PARSER_H_
