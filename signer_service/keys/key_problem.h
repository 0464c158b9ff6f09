// What is wrong with one file or one key of the key store.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_KEY_PROBLEM_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_KEY_PROBLEM_H_

#include <string>

namespace keyhold {

struct KeyProblem {
  enum class Severity {
    // The key is served all the same.
    kWarning,
    // The key, or the file's new content, is not served.
    kError,
  };

  Severity severity = Severity::kError;
  // The file at fault. For a setting that names no key: empty.
  std::string path;
  // A sentence that begins with the path, says what is wrong and what to do.
  // No key bytes.
  std::string message;
  // Already in the report of the load before this one, and the file has not
  // changed since: not to be logged again.
  bool repeated = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_KEY_PROBLEM_H_
