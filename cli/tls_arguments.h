// Words of TLS as arguments: roles, versions and signature schemes.
#ifndef KEYHOLD_CLI_TLS_ARGUMENTS_H_
#define KEYHOLD_CLI_TLS_ARGUMENTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keyhold/signer/v1/key.pb.h"
#include "keyhold/signer/v1/tls.pb.h"

namespace keyhold {

// "server", "client", or empty: the role in which `key` may sign, server if
// it may in both. A usage error (exit_code.h) for any other word, as below.
absl::StatusOr<signer::v1::Role> ParseRole(absl::string_view text,
                                           const signer::v1::Key& key);

// "1.2" or "1.3".
absl::StatusOr<signer::v1::TlsVersion> ParseTlsVersion(absl::string_view text);

// A code point: IANA's name of a scheme that Keyhold makes, or any as "0x"
// and hexadecimal digits, at most 0xffff.
absl::StatusOr<uint32_t> ParseSchemeArgument(absl::string_view text);

// Each of `texts`; for none, all that Keyhold can make.
absl::StatusOr<std::vector<uint32_t>> ParseOffered(
    const std::vector<std::string>& texts);

// "0x0804".
std::string CodePointText(uint32_t scheme);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_TLS_ARGUMENTS_H_
