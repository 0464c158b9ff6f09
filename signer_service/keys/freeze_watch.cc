#include "signer_service/keys/freeze_watch.h"

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/time/time.h"

namespace keyhold {
namespace {

constexpr absl::Duration kBetweenLooks = absl::Milliseconds(250);

}  // namespace

struct FreezeWatch::Stamp {
  bool exists = false;
  ino_t inode = 0;
  off_t size = 0;
  int64_t seconds = 0;
  int64_t nanoseconds = 0;

  friend bool operator!=(const Stamp& a, const Stamp& b) { return !(a == b); }
  friend bool operator==(const Stamp& a, const Stamp& b) {
    return a.exists == b.exists && a.inode == b.inode && a.size == b.size &&
           a.seconds == b.seconds && a.nanoseconds == b.nanoseconds;
  }
};

FreezeWatch::Stamp FreezeWatch::StampOf(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return {};
  // Of change, not modification: nobody can set it back.
  return {true, info.st_ino, info.st_size, info.st_ctim.tv_sec,
          info.st_ctim.tv_nsec};
}

FreezeWatch::FreezeWatch(std::string path, FreezeList known, OnChange on_change)
    : path_(std::move(path)),
      on_change_(std::move(on_change)),
      known_(std::move(known)),
      thread_([this] { Work(); }) {}

FreezeWatch::~FreezeWatch() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void FreezeWatch::Work() {
  // The file may have changed since `known` was read.
  std::optional<Stamp> seen;
  while (true) {
    const Stamp now = StampOf(path_);
    if (now != seen) Look();
    seen = now;
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kBetweenLooks)) {
      return;
    }
  }
}

void FreezeWatch::Look() {
  absl::StatusOr<FreezeList> list = FreezeList::Load(path_);
  if (list.ok()) {
    if (*list == known_) return;
    known_ = *list;
  }
  on_change_(std::move(list));
}

}  // namespace keyhold
