// The frames between front and vault, to bytes and back. frames.proto
// describes them.
//
// Both decoders are strict: whatever an encoder here does not write is
// refused. The vault reads what a captured front may have written.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_FRAME_CODEC_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_FRAME_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "signer_service/vault/vault.h"

namespace keyhold {

// Of one frame. What the kernel takes as one packet by default is more.
constexpr size_t kMaxPacketBytes = 196608;
constexpr size_t kMaxPacketJobs = 64;

// A job on its way through the frames.
struct FramedJob {
  uint64_t id;
  SignJob job;
};

struct FramedResult {
  uint64_t id;
  absl::StatusOr<std::string> signature;
};

struct ResultFrame {
  uint32_t frames_taken = 0;
  std::vector<FramedResult> results;
  // By KeyType; empty if nothing has changed.
  std::vector<std::string> engine_names;
};

// Appends a job to a frame of jobs: an empty string is a frame without any.
void AppendJob(uint64_t id, const SignJob& job, std::string& frame);
// InvalidArgument: not a frame of 1..kMaxPacketJobs jobs, or one id twice.
absl::StatusOr<std::vector<FramedJob>> DecodeJobs(absl::string_view frame);

std::string EncodeResults(const ResultFrame& frame);
// InvalidArgument: not such a frame.
absl::StatusOr<ResultFrame> DecodeResults(absl::string_view frame);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_FRAME_CODEC_H_
