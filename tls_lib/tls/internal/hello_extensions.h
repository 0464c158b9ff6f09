// The extensions of a ClientHello or CertificateRequest that tls_lib reads
// itself, before libssl does.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_HELLO_EXTENSIONS_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_HELLO_EXTENSIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold::tls_internal {

// Each takes an extension's contents as a stranger sent them, without type
// and length. InvalidArgument names the extension if it is malformed: a length
// that does not fit, an empty list, trailing bytes.

// signature_algorithms (RFC 8446 §4.2.3). Unknown code points are kept.
absl::StatusOr<std::vector<SignatureScheme>> ParseSignatureAlgorithms(
    absl::string_view body);
// supported_versions of a ClientHello (RFC 8446 §4.2.1).
absl::StatusOr<std::vector<uint16_t>> ParseSupportedVersions(
    absl::string_view body);
// supported_groups (RFC 8446 §4.2.7).
absl::StatusOr<std::vector<uint16_t>> ParseSupportedGroups(
    absl::string_view body);
// The one host_name of server_name (RFC 6066 §3), lower case.
absl::StatusOr<std::string> ParseServerName(absl::string_view body);
// application_layer_protocol_negotiation (RFC 7301 §3.1).
absl::StatusOr<std::vector<std::string>> ParseAlpn(absl::string_view body);
// certificate_authorities (RFC 8446 §4.2.4): DER names.
absl::StatusOr<std::vector<std::string>> ParseCertificateAuthorities(
    absl::string_view body);

// A list of 16-bit numbers without its length. InvalidArgument, naming `what`,
// for an odd number of bytes.
absl::StatusOr<std::vector<uint16_t>> ParseNumbers(absl::string_view bytes,
                                                   absl::string_view what);

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_HELLO_EXTENSIONS_H_
