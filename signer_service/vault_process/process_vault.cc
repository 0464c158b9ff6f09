#include "signer_service/vault_process/process_vault.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "signer_service/vault_process/frame_codec.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

constexpr absl::Duration kExpiryInterval = absl::Milliseconds(250);

absl::Status NotByTheFront() {
  return absl::FailedPreconditionError(
      "keys are handed to the vault by the supervisor, not by the front");
}

absl::Status VaultStarts() {
  return WithReason(
      absl::UnavailableError("the signer's vault is starting; ask again"),
      ErrorReason::kStarting);
}

absl::Status Cancelled() {
  return WithReason(
      absl::CancelledError("cancelled by the client before it was signed"),
      ErrorReason::kCancelled);
}

absl::Status MessageTooLong(size_t bytes, size_t max) {
  return WithReason(
      absl::InvalidArgumentError(absl::StrCat("message: expected at most ", max,
                                              " bytes, got ", bytes)),
      ErrorReason::kInvalidRequest);
}

absl::Status JobTooLong(size_t bytes) {
  return WithReason(absl::InvalidArgumentError(absl::StrCat(
                        "the request has ", bytes, " bytes; at most ",
                        kMaxPacketBytes, " reach the vault")),
                    ErrorReason::kInvalidRequest);
}

// Why a job need not go to the vault, or OK.
absl::Status CheckJob(const SignJob& job, size_t max_message_bytes) {
  if (job.cancelled != nullptr && *job.cancelled) return Cancelled();
  const size_t message = job.request.message().size();
  if (message > max_message_bytes) {
    return MessageTooLong(message, max_message_bytes);
  }
  return absl::OkStatus();
}

}  // namespace

ProcessVault::ProcessVault(Options options)
    : options_(options), expiry_([this] { ExpireLateJobs(); }) {}

ProcessVault::~ProcessVault() {
  std::shared_ptr<VaultConnection> last;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    last = std::move(connection_);
  }
  expiry_.join();
  if (last != nullptr) last->Stop();
}

void ProcessVault::Attach(UniqueFd socket) {
  auto connection =
      std::make_shared<VaultConnection>(std::move(socket), options_.threads);
  {
    absl::MutexLock lock(&mutex_);
    connection_.swap(connection);
  }
  if (connection != nullptr) connection->Stop();
}

std::shared_ptr<VaultConnection> ProcessVault::connection() const {
  absl::ReaderMutexLock lock(&mutex_);
  return connection_;
}

std::vector<KeyFileOutcome> ProcessVault::ReplaceKeys(
    std::vector<KeyFile> files) {
  return std::vector<KeyFileOutcome>(files.size(),
                                     {NotByTheFront(), std::nullopt});
}

void ProcessVault::Sign(std::vector<SignJob> jobs, OnResults on_results) {
  if (jobs.empty()) return;
  const std::shared_ptr<VaultConnection> connection = this->connection();
  std::vector<JobResult> refused;
  VaultConnection::Outgoing outgoing;
  for (size_t i = 0; i < jobs.size(); ++i) {
    absl::Status status = connection == nullptr
                              ? VaultStarts()
                              : CheckJob(jobs[i], options_.max_message_bytes);
    if (!status.ok()) {
      refused.push_back({i, std::move(status)});
      continue;
    }
    const size_t bytes = outgoing.Add(i, jobs[i]);
    if (bytes > kMaxPacketBytes) {
      outgoing.RemoveLast();
      refused.push_back({i, JobTooLong(bytes)});
    }
  }
  if (!refused.empty()) on_results(std::move(refused));
  if (outgoing.empty()) return;
  connection->Send(std::move(outgoing), std::move(on_results));
}

std::string ProcessVault::EngineName(KeyType type) const {
  const std::shared_ptr<VaultConnection> connection = this->connection();
  return connection == nullptr ? "" : connection->EngineName(type);
}

void ProcessVault::ExpireLateJobs() {
  while (true) {
    std::shared_ptr<VaultConnection> connection;
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_),
                                  kExpiryInterval)) {
        return;
      }
      connection = connection_;
    }
    if (connection != nullptr) connection->ExpireLateJobs(absl::Now());
  }
}

}  // namespace keyhold
