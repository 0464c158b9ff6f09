// A folder of key files for tests.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_TEST_FOLDER_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_TEST_FOLDER_H_

#include <sys/types.h>

#include <string>

#include "absl/strings/string_view.h"

namespace keyhold {

// Made empty below the test's temporary folder, removed with all that is in
// it. Each function ends the process with a message if it fails.
class TestFolder {
 public:
  TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder();

  const std::string& path() const { return path_; }
  std::string PathOf(absl::string_view name) const;

  // Replaces the file in one step, as an operator should: its inode changes.
  void Write(absl::string_view name, absl::string_view content,
             mode_t mode = 0600) const;
  void MakeFolder(absl::string_view name) const;
  void Link(absl::string_view target, absl::string_view name) const;
  void Remove(absl::string_view name) const;

 private:
  std::string path_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_TEST_FOLDER_H_
