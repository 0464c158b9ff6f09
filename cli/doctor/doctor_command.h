// `keyhold doctor`: is this host set up so that a server can use remote keys?
#ifndef KEYHOLD_CLI_DOCTOR_DOCTOR_COMMAND_H_
#define KEYHOLD_CLI_DOCTOR_DOCTOR_COMMAND_H_

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/doctor/finding.h"

namespace keyhold {

// FailedPrecondition, with their number, if there are faults. InvalidArgument
// and PermissionDenied of BecomeUser.
class DoctorCommand final : public Command {
 public:
  absl::string_view name() const override { return "doctor"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  absl::Status Print(const std::vector<Finding>& findings,
                     const Console& console) const;

  std::string openssl_conf_;
  std::vector<std::string> key_files_;
  std::string user_;
  int timeout_seconds_ = 5;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DOCTOR_DOCTOR_COMMAND_H_
