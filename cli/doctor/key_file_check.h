// Whether a key file is one, and safe.
#ifndef KEYHOLD_CLI_DOCTOR_KEY_FILE_CHECK_H_
#define KEYHOLD_CLI_DOCTOR_KEY_FILE_CHECK_H_

#include <optional>
#include <string>
#include <vector>

#include "cli/doctor/finding.h"
#include "tls_lib/agent/client/key_file.h"

namespace keyhold {

struct KeyFileFindings {
  std::vector<Finding> findings;
  // What it says; null if it cannot be read.
  std::optional<agent::KeyFile> file;
};

// Reads the file at `path`: well-formed, writable by its owner only, and free
// of private keys.
KeyFileFindings CheckKeyFile(const std::string& path);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DOCTOR_KEY_FILE_CHECK_H_
