// What the trials of vault and front have shown, for people and for
// `hardening: required`.
#ifndef KEYHOLD_SIGNER_SERVICE_SUPERVISOR_PROTECTION_REPORT_H_
#define KEYHOLD_SIGNER_SERVICE_SUPERVISOR_PROTECTION_REPORT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "daemon/json_log.h"
#include "keyhold/processes/v1/control.pb.h"

namespace keyhold {

enum class ProtectedProcess { kVault, kFront };

// FailedPrecondition names each protection that the process must have and has
// not, and why. Namespaces, Landlock and others come on top and are not asked
// for.
absl::Status CheckProtections(ProtectedProcess process,
                              const processes::v1::Protections& protections);

// An event "protections" for the log.
JsonLine ProtectionsLine(ProtectedProcess process,
                         const processes::v1::Protections& protections);

// A line for each: "vault  seccomp  holds  ptrace: Operation not permitted".
std::string ProtectionsText(ProtectedProcess process,
                            const processes::v1::Protections& protections);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_SUPERVISOR_PROTECTION_REPORT_H_
