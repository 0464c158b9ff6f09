// How keys of the signer are printed.
#ifndef KEYHOLD_CLI_KEY_TEXT_H_
#define KEYHOLD_CLI_KEY_TEXT_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "cli/json_object.h"
#include "keyhold/signer/v1/key.pb.h"

namespace keyhold {

// One line each, with a heading.
std::string KeyTable(absl::Span<const signer::v1::Key> keys);

// All that is known of one key, a line for each fact.
std::string KeyDetails(const signer::v1::Key& key);

// {"keys": [...]}: the fields of keyhold.signer.v1.Key by their names, with
// words for code points, hexadecimal digits for the hash, base64 for `spki` and
// the chain, and RFC 3339 for `not_after`.
JsonObject KeysJson(absl::Span<const signer::v1::Key> keys);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_KEY_TEXT_H_
