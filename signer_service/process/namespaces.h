// A process's own view of the system.
#ifndef KEYHOLD_SIGNER_SERVICE_PROCESS_NAMESPACES_H_
#define KEYHOLD_SIGNER_SERVICE_PROCESS_NAMESPACES_H_

#include "absl/status/status.h"

namespace keyhold {

// Moves the process into namespaces of its own for network, mounts, IPC and
// host name: it then has no interface but a loopback that is down. Without
// root's power this takes a namespace of users. Call while the process has one
// thread.
//
// PermissionDenied: the system does not permit it, and nothing has changed.
absl::Status EnterOwnNamespaces();

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_PROCESS_NAMESPACES_H_
