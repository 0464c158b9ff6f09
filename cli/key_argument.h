// The argument KEY, by which the user names a key of the signer.
#ifndef KEYHOLD_CLI_KEY_ARGUMENT_H_
#define KEYHOLD_CLI_KEY_ARGUMENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/console.h"
#include "keyhold/signer/v1/key.pb.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold {

// One sentence on the forms of KEY, for --help.
constexpr char kKeyArgumentHelp[] =
    "ID, id:ID, sha256:HEX (of the public key), name:SERVER_NAME, or "
    "cert:FILE (the key of that certificate)";

// A usage error (exit_code.h) for a form that is none of these.
// FailedPrecondition: cert:FILE cannot be read or is no certificate.
absl::StatusOr<signer::v1::KeySelector> ParseKeyArgument(
    absl::string_view text, const Console& console);

// The one key that `text` names. Errors as ParseKeyArgument and
// SignerClient::GetKey; a usage error that lists the hashes if there are
// several.
absl::StatusOr<signer::v1::Key> FindOneKey(SignerClient& client,
                                           absl::string_view text,
                                           const Console& console);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_KEY_ARGUMENT_H_
