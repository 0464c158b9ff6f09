// What a captured front may send to the vault.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "signer_service/vault_process/frame_codec.h"

// What is taken for a frame comes out the same when it is written again and
// read; all else is InvalidArgument.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view frame(reinterpret_cast<const char*>(data), size);
  const auto jobs = keyhold::DecodeJobs(frame);
  if (!jobs.ok()) {
    if (!absl::IsInvalidArgument(jobs.status())) abort();
    return 0;
  }
  if (jobs->empty() || jobs->size() > keyhold::kMaxPacketJobs) abort();
  std::string again;
  for (const keyhold::FramedJob& job : *jobs) {
    keyhold::AppendJob(job.id, job.job, again);
  }
  // Fields inside a request may have had another form, which takes less room.
  if (again.size() > keyhold::kMaxPacketBytes + 64 * keyhold::kMaxPacketJobs) {
    abort();
  }
  const auto reread = keyhold::DecodeJobs(again);
  if (again.size() <= keyhold::kMaxPacketBytes) {
    if (!reread.ok() || reread->size() != jobs->size()) abort();
    for (size_t i = 0; i < jobs->size(); ++i) {
      if ((*reread)[i].id != (*jobs)[i].id) abort();
      if ((*reread)[i].job.hop.identity != (*jobs)[i].job.hop.identity) abort();
    }
  }
  return 0;
}
