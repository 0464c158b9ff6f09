// Looks for secrets in the process's own memory, for tests.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_MEMORY_SEARCH_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_MEMORY_SEARCH_H_

#include <sys/types.h>

#include <string>

#include "absl/strings/string_view.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Bytes to look for, held so that a search does not find this copy of them.
class HiddenBytes {
 public:
  explicit HiddenBytes(absl::string_view bytes);

  // As stored: not the bytes themselves.
  const std::string& hidden() const { return hidden_; }
  bool IsAt(const char* memory) const;

 private:
  std::string hidden_;
};

// The writable memory of this process as it was when this object was made, in
// a child that does nothing but search. What the process does later, such as
// computing what to look for, leaves no trace in it. Not thread-safe.
class MemorySnapshot {
 public:
  MemorySnapshot();
  MemorySnapshot(const MemorySnapshot&) = delete;
  MemorySnapshot& operator=(const MemorySnapshot&) = delete;
  ~MemorySnapshot();

  struct Count {
    int outside_secure_heap = 0;
    int in_secure_heap = 0;
  };
  Count Search(absl::string_view bytes);

 private:
  [[noreturn]] static void RunChild(int fd);

  UniqueFd socket_;
  pid_t child_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_MEMORY_SEARCH_H_
