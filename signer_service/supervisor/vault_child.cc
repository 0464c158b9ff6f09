#include "signer_service/supervisor/vault_child.h"

#include <poll.h>

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "signer_service/vault_process/failure.h"
#include "signer_service/vault_process/key_batch.h"
#include "signer_service/vault_process/packet_socket.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

using processes::v1::FromVault;
using processes::v1::ToVault;

namespace {

constexpr absl::Duration kAnswerTime = absl::Seconds(60);
constexpr int kStopMilliseconds = 5000;
// Paths and public keys are of some size.
constexpr size_t kBatchBytes = ControlSocket::kMaxMessageBytes / 2;

absl::Status UnexpectedAnswer() {
  return absl::InternalError(
      "the vault answered what was not asked; front, vault and supervisor must "
      "be of one version");
}

absl::Status CannotStart(absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat("the vault: ", why));
}

// One message, and the descriptors beside it.
struct Batch {
  ToVault message;
  std::vector<int> descriptors;
  size_t bytes = 0;

  bool HasRoomFor(const processes::v1::KeyFileEntry& entry) const {
    return static_cast<size_t>(message.keys().files_size()) <
               ControlSocket::kMaxDescriptors &&
           (bytes == 0 || bytes + entry.ByteSizeLong() <= kBatchBytes);
  }

  void Add(processes::v1::KeyFileEntry entry, const UniqueFd& fd) {
    bytes += entry.ByteSizeLong();
    if (fd) descriptors.push_back(fd.get());
    *message.mutable_keys()->add_files() = std::move(entry);
  }
};

std::vector<Batch> IntoBatches(const std::vector<KeyFile>& files) {
  std::vector<Batch> batches(1);
  for (const KeyFile& file : files) {
    processes::v1::KeyFileEntry entry = ToEntry(file);
    if (!batches.back().HasRoomFor(entry)) batches.emplace_back();
    batches.back().Add(std::move(entry), file.fd);
  }
  batches.front().message.mutable_keys()->set_first(true);
  batches.back().message.mutable_keys()->set_last(true);
  return batches;
}

}  // namespace

absl::StatusOr<VaultChild> VaultChild::Start(
    const std::string& program, const processes::v1::VaultStart& start,
    const std::vector<UniqueFd>& descriptors, NextSegment next_segment) {
  ASSIGN_OR_RETURN(auto ends, ControlSocket::MakePair());
  ASSIGN_OR_RETURN(
      ChildProgram process,
      ChildProgram::Start(program, std::move(ends.second), std::nullopt));
  VaultChild child(std::move(process), ControlSocket(std::move(ends.first)));
  child.next_segment_ = std::move(next_segment);
  ToVault message;
  *message.mutable_start() = start;
  std::vector<int> numbers;
  for (const UniqueFd& fd : descriptors) numbers.push_back(fd.get());
  RETURN_IF_ERROR(child.Send(message, numbers));
  ASSIGN_OR_RETURN(FromVault answer, child.Receive());
  if (!answer.has_ready()) return UnexpectedAnswer();
  child.ready_ = answer.ready();
  return child;
}

absl::StatusOr<std::vector<HandedOverKey>> VaultChild::ReplaceKeys(
    std::vector<KeyFile> files) {
  for (const Batch& batch : IntoBatches(files)) {
    RETURN_IF_ERROR(Send(batch.message, batch.descriptors));
    if (!batch.message.keys().last()) RETURN_IF_ERROR(AwaitAck());
  }
  std::vector<HandedOverKey> keys;
  keys.reserve(files.size());
  while (true) {
    ASSIGN_OR_RETURN(FromVault answer, Receive());
    if (!answer.has_outcomes()) return UnexpectedAnswer();
    for (processes::v1::KeyOutcome& outcome :
         *answer.mutable_outcomes()->mutable_outcomes()) {
      HandedOverKey& key = keys.emplace_back();
      key.status = FromFailure(outcome.failure());
      if (outcome.has_serving_spki()) {
        key.serving_spki = std::move(*outcome.mutable_serving_spki());
      }
    }
    if (answer.outcomes().last()) break;
  }
  if (keys.size() != files.size()) return UnexpectedAnswer();
  return keys;
}

absl::Status VaultChild::Freeze(const FreezeList& list) {
  ToVault message;
  message.mutable_freezes()->set_list(list.ToText());
  RETURN_IF_ERROR(Send(message, {}));
  return AwaitAck();
}

absl::StatusOr<UniqueFd> VaultChild::ConnectFront() {
  ASSIGN_OR_RETURN(auto ends, PacketSocket::MakePair());
  ToVault message;
  message.mutable_new_front();
  RETURN_IF_ERROR(Send(message, {ends.second.get()}));
  RETURN_IF_ERROR(AwaitAck());
  front_at_fault_ = false;
  return std::move(ends.first);
}

absl::StatusOr<processes::v1::Protections> VaultChild::Prove(
    const processes::v1::ProveProtections& trials) {
  ToVault message;
  *message.mutable_prove() = trials;
  RETURN_IF_ERROR(Send(message, {}));
  ASSIGN_OR_RETURN(FromVault answer, Receive());
  if (!answer.has_protections()) return UnexpectedAnswer();
  return answer.protections();
}

void VaultChild::Stop() {
  control_.Shutdown();
  struct pollfd ended = {process_.pidfd(), POLLIN, 0};
  poll(&ended, 1, kStopMilliseconds);
}

absl::Status VaultChild::ReadUnasked() {
  FromVault message;
  RETURN_IF_ERROR(control_.Receive(message, absl::ZeroDuration()).status());
  ASSIGN_OR_RETURN(const bool dealt_with, DealWithUnasked(message));
  return dealt_with ? absl::OkStatus() : UnexpectedAnswer();
}

absl::StatusOr<bool> VaultChild::DealWithUnasked(const FromVault& message) {
  if (message.has_front_at_fault()) {
    // Its socket is closed: the front notices.
    front_at_fault_ = true;
    return true;
  }
  if (message.message_case() == FromVault::kAuditPauses) {
    audit_pauses_ = message.audit_pauses();
    return true;
  }
  if (!message.has_segment_wanted() || !next_segment_) return false;
  const absl::StatusOr<UniqueFd> segment = next_segment_();
  ToVault reply;
  *reply.mutable_segment()->mutable_failure() = ToFailure(segment.status());
  std::vector<int> descriptors;
  if (segment.ok()) descriptors.push_back(segment->get());
  RETURN_IF_ERROR(Send(reply, descriptors));
  return true;
}

absl::Status VaultChild::Send(const ToVault& message,
                              const std::vector<int>& descriptors) {
  return control_.Send(message, descriptors, kAnswerTime);
}

absl::StatusOr<FromVault> VaultChild::Receive() {
  while (true) {
    FromVault message;
    RETURN_IF_ERROR(control_.Receive(message, kAnswerTime).status());
    if (message.has_failed()) return CannotStart(message.failed());
    ASSIGN_OR_RETURN(const bool dealt_with, DealWithUnasked(message));
    if (!dealt_with) return message;
  }
}

absl::Status VaultChild::AwaitAck() {
  ASSIGN_OR_RETURN(FromVault answer, Receive());
  return answer.has_ack() ? absl::OkStatus() : UnexpectedAnswer();
}

}  // namespace keyhold
