// What openssl.cnf says to the loadable provider.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_MODULE_SETTINGS_H_
#define KEYHOLD_TLS_LIB_PROVIDER_MODULE_SETTINGS_H_

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/agent/client/trusted_agent.h"

namespace keyhold::provider {

// The provider's section in openssl.cnf, each value optional:
//
//   [keyhold]
//   activate = 1
//   module = /usr/lib/x86_64-linux-gnu/ossl-modules/keyhold.so
//   agent = @keyhold            # instead of the key files' agent
//   agent-uid = 998             # with agent only: whom to trust besides root
//   timeout-ms = 5000           # for a signature, 10 to 60,000
//   key-directory = /etc/keyhold/keys   # where keyhold:NAME finds NAME.key.pem
//
// Immutable once made.
struct ModuleSettings {
  // Null if openssl.cnf leaves out the value.
  using Lookup = std::function<std::optional<std::string>(const char* name)>;

  // InvalidArgument names the value at fault.
  static absl::StatusOr<ModuleSettings> Create(const Lookup& lookup);

  std::optional<agent::TrustedAgent> agent;
  std::chrono::milliseconds timeout{5000};
  std::string key_directory = "/etc/keyhold/keys";
};

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_MODULE_SETTINGS_H_
