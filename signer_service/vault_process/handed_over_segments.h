// Segments of the audit log in a process that may open no file.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_HANDED_OVER_SEGMENTS_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_HANDED_OVER_SEGMENTS_H_

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "signer_service/audit/segment_source.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Thread-safe.
class HandedOverSegments final : public SegmentSource {
 public:
  // `descriptors` as AuditStart has them, without the key: the last one is
  // empty, and the first that Allocate gives. `ask` asks the supervisor for
  // another.
  HandedOverSegments(std::vector<UniqueFd> descriptors,
                     std::function<absl::Status()> ask);

  absl::StatusOr<std::vector<std::unique_ptr<SegmentFile>>> Existing() override;
  // Waits for the supervisor. Unavailable after Close.
  absl::StatusOr<std::unique_ptr<SegmentFile>> Allocate() override;

  // What the supervisor answered.
  void Take(absl::StatusOr<UniqueFd> segment);
  // Nothing more will come.
  void Close();

 private:
  const std::function<absl::Status()> ask_;
  absl::Mutex mutex_;
  std::vector<UniqueFd> existing_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::StatusOr<UniqueFd>> next_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_HANDED_OVER_SEGMENTS_H_
