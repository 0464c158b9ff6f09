#include "signer_service/supervisor/front_child.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "signer_service/vault_process/failure.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

using processes::v1::FromFront;
using processes::v1::ToFront;

namespace {

constexpr absl::Duration kAnswerTime = absl::Seconds(60);

absl::Status UnexpectedAnswer() {
  return absl::InternalError(
      "the front answered what was not asked; front, vault and supervisor must "
      "be of one version");
}

}  // namespace

absl::StatusOr<FrontChild> FrontChild::Start(
    const std::string& program, std::optional<UserAndGroup> user,
    const processes::v1::FrontStart& start, const std::vector<int>& descriptors,
    NextSegment next_segment) {
  ASSIGN_OR_RETURN(auto ends, ControlSocket::MakePair());
  ASSIGN_OR_RETURN(ChildProgram process,
                   ChildProgram::Start(program, std::move(ends.second), user));
  FrontChild child(std::move(process), ControlSocket(std::move(ends.first)));
  child.next_segment_ = std::move(next_segment);
  ToFront message;
  *message.mutable_start() = start;
  RETURN_IF_ERROR(child.Send(message, descriptors));
  ASSIGN_OR_RETURN(FromFront answer, child.Receive());
  if (!answer.has_protections()) return UnexpectedAnswer();
  child.protections_ = answer.protections();
  return child;
}

absl::Status FrontChild::AwaitReady() {
  ASSIGN_OR_RETURN(FromFront answer, Receive());
  return answer.has_ready() ? absl::OkStatus() : UnexpectedAnswer();
}

absl::Status FrontChild::TakeVault(const UniqueFd& socket) {
  ToFront message;
  message.mutable_new_vault();
  return Send(message, {socket.get()});
}

absl::Status FrontChild::TakeSite(const UniqueFd& site) {
  ToFront message;
  message.mutable_new_site();
  RETURN_IF_ERROR(Send(message, {site.get()}));
  ASSIGN_OR_RETURN(FromFront answer, Receive());
  if (!answer.has_site_taken()) return UnexpectedAnswer();
  return FromFailure(answer.site_taken().failure());
}

absl::Status FrontChild::SetPaused(bool paused) {
  ToFront message;
  message.set_paused(paused);
  return Send(message, {});
}

absl::Status FrontChild::ReadUnasked() {
  FromFront message;
  RETURN_IF_ERROR(control_.Receive(message, absl::ZeroDuration()).status());
  ASSIGN_OR_RETURN(const bool dealt_with, DealWithUnasked(message));
  return dealt_with ? absl::OkStatus() : UnexpectedAnswer();
}

absl::StatusOr<bool> FrontChild::DealWithUnasked(const FromFront& message) {
  if (!message.has_segment_wanted() || !next_segment_) return false;
  const absl::StatusOr<UniqueFd> segment = next_segment_();
  ToFront reply;
  *reply.mutable_segment()->mutable_failure() = ToFailure(segment.status());
  std::vector<int> descriptors;
  if (segment.ok()) descriptors.push_back(segment->get());
  RETURN_IF_ERROR(Send(reply, descriptors));
  return true;
}

absl::Status FrontChild::Send(const ToFront& message,
                              const std::vector<int>& descriptors) {
  return control_.Send(message, descriptors, kAnswerTime);
}

absl::StatusOr<FromFront> FrontChild::Receive() {
  while (true) {
    FromFront message;
    RETURN_IF_ERROR(control_.Receive(message, kAnswerTime).status());
    if (message.has_failed()) {
      return absl::FailedPreconditionError(message.failed());
    }
    ASSIGN_OR_RETURN(const bool dealt_with, DealWithUnasked(message));
    if (!dealt_with) return message;
  }
}

}  // namespace keyhold
