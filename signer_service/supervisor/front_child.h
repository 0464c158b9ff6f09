// The front's process, as the supervisor sees it.
#ifndef KEYHOLD_SIGNER_SERVICE_SUPERVISOR_FRONT_CHILD_H_
#define KEYHOLD_SIGNER_SERVICE_SUPERVISOR_FRONT_CHILD_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keyhold/processes/v1/control.pb.h"
#include "signer_service/process/control_socket.h"
#include "signer_service/supervisor/child_program.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Errors of calls are those of VaultChild. Ends the front when destroyed.
// Movable; not thread-safe.
class FrontChild {
 public:
  // What the front asks for when its log of refusals needs another segment.
  using NextSegment = std::function<absl::StatusOr<UniqueFd>()>;

  // `descriptors` are those of FrontStart, in its order. `next_segment` may be
  // empty if there is no such log. Returns once the
  // front has confined itself and tried what is forbidden to it; it does not
  // serve yet.
  static absl::StatusOr<FrontChild> Start(
      const std::string& program, std::optional<UserAndGroup> user,
      const processes::v1::FrontStart& start,
      const std::vector<int>& descriptors, NextSegment next_segment);

  // FailedPrecondition: the front says that it cannot serve, and why.
  absl::Status AwaitReady();
  // A new vault's socket.
  absl::Status TakeVault(const UniqueFd& socket);
  // A new site. What the front says of it: the errors of
  // SignerService::Reload.
  absl::Status TakeSite(const UniqueFd& site);
  // Whether to say that the service is not serving.
  absl::Status SetPaused(bool paused);

  // Reads what the front says unasked, and acts upon it. Call when the socket
  // is readable.
  absl::Status ReadUnasked();
  int control_fd() const { return control_.fd(); }

  ChildProgram& process() { return process_; }
  const processes::v1::Protections& protections() const { return protections_; }

 private:
  FrontChild(ChildProgram process, ControlSocket control)
      : process_(std::move(process)), control_(std::move(control)) {}

  absl::Status Send(const processes::v1::ToFront& message,
                    const std::vector<int>& descriptors);
  absl::StatusOr<processes::v1::FromFront> Receive();
  // Whether the message was none of an answer, and has been dealt with.
  absl::StatusOr<bool> DealWithUnasked(const processes::v1::FromFront& message);

  ChildProgram process_;
  ControlSocket control_;
  NextSegment next_segment_;
  processes::v1::Protections protections_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_SUPERVISOR_FRONT_CHILD_H_
