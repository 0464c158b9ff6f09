// What protections are called.
#ifndef KEYHOLD_SIGNER_SERVICE_PROCESS_PROTECTION_NAMES_H_
#define KEYHOLD_SIGNER_SERVICE_PROCESS_PROTECTION_NAMES_H_

#include "absl/strings/string_view.h"

namespace keyhold {

// The names of protections, as selfcheck prints them and `hardening: required`
// asks for them.
constexpr absl::string_view kSeccomp = "seccomp";
constexpr absl::string_view kNoNewPrivileges = "no_new_privileges";
constexpr absl::string_view kNotDumpable = "not_dumpable";
constexpr absl::string_view kSecureHeapLocked = "secure_heap_locked";
constexpr absl::string_view kCannotOpenKeyFiles = "cannot_open_key_files";
// Reported, and wanted of nobody.
constexpr absl::string_view kNoCapabilities = "no_capabilities";
constexpr absl::string_view kNoForeignMemory = "no_foreign_memory";
constexpr absl::string_view kNoNetwork = "no_network";
constexpr absl::string_view kLandlock = "landlock";
constexpr absl::string_view kNamespaces = "namespaces";

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_PROCESS_PROTECTION_NAMES_H_
