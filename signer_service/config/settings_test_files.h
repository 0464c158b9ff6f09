// A folder with the files that a configuration names, for tests.
#ifndef KEYHOLD_SIGNER_SERVICE_CONFIG_SETTINGS_TEST_FILES_H_
#define KEYHOLD_SIGNER_SERVICE_CONFIG_SETTINGS_TEST_FILES_H_

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace keyhold {

// Gone with the object. Holds a.crt, a.key, ca.crt (each with one line of
// text) and the folder keys.
class SettingsTestFiles {
 public:
  SettingsTestFiles() {
    std::string pattern = testing::TempDir() + "settings-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    for (const char* name : {"a.crt", "a.key", "ca.crt"}) {
      std::ofstream(folder_ / name) << "text\n";
    }
    std::filesystem::create_directory(folder_ / "keys");
  }
  ~SettingsTestFiles() { std::filesystem::remove_all(folder_); }
  SettingsTestFiles(const SettingsTestFiles&) = delete;
  SettingsTestFiles& operator=(const SettingsTestFiles&) = delete;

  std::string Path(absl::string_view name) const {
    return (folder_ / std::string(name)).string();
  }
  // The path of the configuration file, which need not exist.
  std::string config() const { return Path("signer.yaml"); }

 private:
  std::filesystem::path folder_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_CONFIG_SETTINGS_TEST_FILES_H_
