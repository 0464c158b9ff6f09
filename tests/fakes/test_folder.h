// A folder of a test's own.
#ifndef KEYHOLD_TESTS_FAKES_TEST_FOLDER_H_
#define KEYHOLD_TESTS_FAKES_TEST_FOLDER_H_

#include <string>

#include "absl/strings/string_view.h"

namespace keyhold {

// Made empty, removed with all that is in it when destroyed. Its path is
// short, so that UNIX sockets fit in it. Ends the process with a message if
// the file system refuses. Thread-safe.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const { return path_; }
  // path() + "/" + name
  std::string PathOf(absl::string_view name) const;

  // Replaces the file in one step, since something may be reading it, and
  // returns its path. Readable by its owner only.
  std::string Write(absl::string_view name, absl::string_view text) const;
  // Removes the file.
  void Remove(absl::string_view name) const;

 private:
  std::string path_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_TEST_FOLDER_H_
