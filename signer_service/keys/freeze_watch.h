// Tells when the file of what is frozen has changed.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_FREEZE_WATCH_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_FREEZE_WATCH_H_

#include <functional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "signer_service/core/freeze_list.h"

namespace keyhold {

// Looks at the file four times a second, and reads it when it has become
// another: also when it has come or gone.
class FreezeWatch {
 public:
  // The new list, or why it could not be read: then what was frozen stays so.
  // On a thread of the watch, one at a time.
  using OnChange = std::function<void(absl::StatusOr<FreezeList> list)>;

  // `known`: the list that is in force. `on_change` is called for each that
  // differs from the one before.
  FreezeWatch(std::string path, FreezeList known, OnChange on_change);
  ~FreezeWatch();
  FreezeWatch(const FreezeWatch&) = delete;
  FreezeWatch& operator=(const FreezeWatch&) = delete;

 private:
  // What tells one state of the file from another.
  struct Stamp;

  static Stamp StampOf(const std::string& path);
  void Work();
  // Reads the file, and tells.
  void Look();

  const std::string path_;
  const OnChange on_change_;
  // Only on the thread.
  FreezeList known_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_FREEZE_WATCH_H_
