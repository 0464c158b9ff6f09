// The addresses behind a name.
#ifndef KEYHOLD_TLS_LIB_REMOTE_NAME_LOOKUP_H_
#define KEYHOLD_TLS_LIB_REMOTE_NAME_LOOKUP_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

namespace keyhold {

// Looks a host name up: its addresses ("192.0.2.1", "::1"), at least one. May
// block, and may be called from several threads.
using NameLookup =
    std::function<absl::StatusOr<std::vector<std::string>>(const std::string&)>;

// The system's resolver (getaddrinfo), each address once. Unavailable, naming
// the host, if it has none or cannot be looked up.
absl::StatusOr<std::vector<std::string>> LookUpInSystem(
    const std::string& host);

// Runs `lookup` on a thread of its own, and then `done` there. Nobody waits
// for that thread: a resolver may take its time.
void StartLookup(
    NameLookup lookup, std::string host,
    absl::AnyInvocable<void(absl::StatusOr<std::vector<std::string>>) &&> done);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_NAME_LOOKUP_H_
