// Which audit logs an argument stands for.
#ifndef KEYHOLD_CLI_AUDIT_AUDIT_FOLDER_H_
#define KEYHOLD_CLI_AUDIT_AUDIT_FOLDER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// `path` is the folder that signer.yaml calls audit.directory, or that of a
// single log. The folders of the logs in it: of `log` if that is not empty,
// else of all, signatures first.
//
// FailedPrecondition: there is none.
absl::StatusOr<std::vector<std::string>> FindAuditLogs(absl::string_view path,
                                                       absl::string_view log);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_AUDIT_AUDIT_FOLDER_H_
