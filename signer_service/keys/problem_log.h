// Remembers what was reported, so that a reload says again only what is new.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_PROBLEM_LOG_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_PROBLEM_LOG_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "signer_service/keys/key_problem.h"

namespace keyhold {

// Not thread-safe.
class ProblemLog {
 public:
  // The problems of one load, sorted by path and message, each once. An entry
  // is marked `repeated` if the load before had the same message and the file
  // at its path is the same still: its inode, size and times.
  std::vector<KeyProblem> Take(std::vector<KeyProblem> problems);

 private:
  // What stat says of the file; empty if there is none.
  using FileState = std::string;

  static FileState StateOf(const std::string& path);

  // The last load's, by path and message.
  absl::flat_hash_map<std::pair<std::string, std::string>, FileState> last_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_PROBLEM_LOG_H_
